import { type Flags, UsageError } from '@kubestellar/program';
import type { CredentialFiles } from './credentials.ts';

/** The settings that the flags ask for. */
export interface Settings {
  /** https://HOST:PORT of kcp. */
  readonly kcp: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly files: CredentialFiles;
}

const REQUIRED = ['server', 'certificate-authority', 'tls-cert-file', 'tls-private-key-file'] as const;
/** All of them, or none. */
const PROXYING = ['client-ca-file', 'proxy-client-cert-file', 'proxy-client-key-file'] as const;
const DEFAULT_ADDRESS = '127.0.0.1:6444';

/** The flags, for parseFlags. */
export const FLAGS = Object.fromEntries(
  [...REQUIRED, ...PROXYING, 'listen'].map((name) => [name, { type: 'string' as const }]),
);

/** @throws UsageError for missing flags and values that cannot be used */
export function settingsOf(flags: Flags): Settings {
  for (const flag of REQUIRED) if (!text(flags, flag)) throw new UsageError(`--${flag} is required`);
  const missing = PROXYING.filter((flag) => !text(flags, flag));
  if (missing.length > 0 && missing.length < PROXYING.length)
    throw new UsageError(
      `client certificates need all of ${PROXYING.map((flag) => `--${flag}`).join(', ')}; missing: --${missing.join(', --')}`,
    );
  return {
    kcp: originOf(text(flags, 'server')),
    listen: addressOf(text(flags, 'listen') || DEFAULT_ADDRESS),
    files: {
      coreCA: text(flags, 'certificate-authority'),
      serving: { certificate: text(flags, 'tls-cert-file'), key: text(flags, 'tls-private-key-file') },
      proxying:
        missing.length > 0
          ? undefined
          : {
              clientCAs: text(flags, 'client-ca-file'),
              proxy: {
                certificate: text(flags, 'proxy-client-cert-file'),
                key: text(flags, 'proxy-client-key-file'),
              },
            },
    },
  };
}

function originOf(server: string): string {
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:')
    throw new UsageError('--server takes a URL such as https://kcp.example:6443');
  return new URL(server).origin;
}

function addressOf(listen: string): { host: string; port: number } {
  const match = /^(.*):(\d+)$/.exec(listen);
  if (!match) throw new UsageError('--listen takes ADDRESS:PORT');
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

function text(flags: Flags, flag: string): string {
  const value = flags[flag];
  return typeof value === 'string' ? value : '';
}
