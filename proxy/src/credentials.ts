import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { explain } from '@kubestellar/kube';
import type { KeyPair } from '@kubestellar/pki';

/** Paths of PEM files. */
export interface CredentialFiles {
  readonly coreAuthority: string;
  readonly serving: KeyPair;
  /** Where clients may show certificates. */
  readonly proxying: { readonly clientAuthorities: string; readonly proxy: KeyPair } | undefined;
}

/** What is in the files. */
export type Credentials = CredentialFiles;

/** All paths. */
export function pathsOf({ coreAuthority, serving, proxying }: CredentialFiles): string[] {
  const { certificate, key } = serving;
  const more = proxying ? [proxying.clientAuthorities, proxying.proxy.certificate, proxying.proxy.key] : [];
  return [coreAuthority, certificate, key, ...more];
}

/** Reads what is in the files. @throws when one can't be read, or a key does not belong to its certificate */
export async function readCredentials(files: CredentialFiles): Promise<Credentials> {
  const { proxying } = files;
  return {
    coreAuthority: await readAuthorities(files.coreAuthority),
    serving: await readPair(files.serving),
    proxying: proxying && {
      clientAuthorities: await readAuthorities(proxying.clientAuthorities),
      proxy: await readPair(proxying.proxy),
    },
  };
}

async function readAuthorities(path: string): Promise<string> {
  const ca = await readFile(path, 'utf8');
  return usable(path, ca, () => createSecureContext({ ca }));
}

async function readPair(paths: KeyPair): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readFile(paths.certificate, 'utf8'), readFile(paths.key, 'utf8')]);
  const what = `${paths.certificate} with the key ${paths.key}`;
  return usable(what, { certificate: cert, key }, () => createSecureContext({ cert, key }));
}

function usable<T>(what: string, content: T, attempt: () => unknown): T {
  try {
    attempt();
    return content;
  } catch (error) {
    throw new Error(`${what} can't be used: ${explain(error)}`);
  }
}
