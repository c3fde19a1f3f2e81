import type { FlagTable } from './flags.ts';

/** The flags that every kubectl command takes (kubectl 1.36, `kubectl options`), without --context. */
export const KUBECTL_FLAGS: FlagTable = {
  as: { kind: 'string' },
  'as-group': { kind: 'strings' },
  'as-uid': { kind: 'string' },
  'as-user-extra': { kind: 'strings' },
  'cache-dir': { kind: 'string' },
  'certificate-authority': { kind: 'string' },
  'client-certificate': { kind: 'string' },
  'client-key': { kind: 'string' },
  cluster: { kind: 'string' },
  'disable-compression': { kind: 'switch' },
  'insecure-skip-tls-verify': { kind: 'switch' },
  kubeconfig: { kind: 'string' },
  kuberc: { kind: 'string' },
  'log-flush-frequency': { kind: 'string' },
  'match-server-version': { kind: 'switch' },
  namespace: { kind: 'string', short: 'n' },
  password: { kind: 'string' },
  profile: { kind: 'string' },
  'profile-output': { kind: 'string' },
  'request-timeout': { kind: 'string' },
  server: { kind: 'string', short: 's' },
  'tls-server-name': { kind: 'string' },
  token: { kind: 'string' },
  user: { kind: 'string' },
  username: { kind: 'string' },
  v: { kind: 'string' },
  vmodule: { kind: 'string' },
  'warnings-as-errors': { kind: 'switch' },
};

/** What every command of ours takes beside its own flags. */
export const COMMON_FLAGS: FlagTable = {
  help: { kind: 'switch', short: 'h' },
  X: { kind: 'switch' },
};
