import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { explain } from '@kubestellar/kube';
import type { KeyPair } from '@kubestellar/pki';

/** Paths of PEM files. */
export interface CredentialFiles {
  readonly coreCA: string;
  readonly serving: KeyPair;
  /** Set where clients may present certificates. */
  readonly proxying: { readonly clientCAs: string; readonly proxy: KeyPair } | undefined;
}

/** The contents of these files. */
export type Credentials = CredentialFiles;

/** All paths. */
export function pathsOf({ coreCA, serving, proxying }: CredentialFiles): string[] {
  const { certificate, key } = serving;
  const more = proxying ? [proxying.clientCAs, proxying.proxy.certificate, proxying.proxy.key] : [];
  return [coreCA, certificate, key, ...more];
}

/** Reads the files. @throws when one cannot be read, or a key does not belong to its certificate */
export async function readCredentials(files: CredentialFiles): Promise<Credentials> {
  const { proxying } = files;
  return {
    coreCA: await readCAs(files.coreCA),
    serving: await readPair(files.serving),
    proxying: proxying && {
      clientCAs: await readCAs(proxying.clientCAs),
      proxy: await readPair(proxying.proxy),
    },
  };
}

async function readCAs(path: string): Promise<string> {
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
    throw new Error(`${what} cannot be used: ${explain(error)}`);
  }
}
