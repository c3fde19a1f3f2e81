/** `kubestellar-ensure-kcp-server-creds`: a certificate with which kcp serves one more domain name. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockedError, takeLock } from '@kubestellar/process';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { quoteForEval } from '../shell/quote.ts';
import { type CredentialFiles, EasyRsaPki } from './easy-rsa.ts';

/** How long certificates are valid (docs/commands.md). */
const DAYS = 10_000;
/** A certificate that expires within this time is replaced, unless the CA's own expires as soon. */
const RENEW_MS = 30 * 24 * 3600 * 1000;
const LOCK_LIMIT_MS = 60_000;
const LOCK_POLL_MS = 50;

/** Absolute pathnames of what a server and its clients need. */
export interface ServerCredentials {
  /** The CA certificate, with which clients verify the server. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes sure that the PKI in `<folder>/pki` has credentials for a server of that domain name.
 * @throws CommandFailure when the PKI cannot be read, written, or has an unusable CA
 */
export async function ensureServerCredentials(
  folder: string,
  domain: string,
  output: Output,
): Promise<ServerCredentials> {
  const pki = new EasyRsaPki(join(folder, 'pki'), output.remark);
  const name = credentialName(domain);
  const release = await lock(pki, output);
  try {
    await pki.ensure();
    const reason = whyNotUsable(pki, pki.filesOf(name), domain);
    if (reason === undefined) {
      output.remark('Accepting existing credentials');
    } else {
      if (reason !== '') output.remark(`Rejecting existing credentials ${reason}`);
      const { notAfter } = await pki.issue(name, domain, DAYS);
      output.remark(`Created credentials for ${domain}, valid until ${notAfter.toISOString().slice(0, 10)}`);
    }
  } finally {
    release();
  }
  const { certificate, key } = pki.filesOf(name);
  return { ca: pki.caFiles.certificate, certificate, key };
}

/** @returns the pathnames as one object for scripts; its field names are published (docs/commands.md) */
export function asJson({ ca, certificate, key }: ServerCredentials): string {
  return JSON.stringify({ authority: ca, certificate, key });
}

/** @returns the pathnames as three words for bash, in the order of the reference */
export function asWords({ ca, certificate, key }: ServerCredentials): string {
  return [ca, certificate, key].map(quoteForEval).join(' ');
}

/** The base name of the files of a domain: short and safe whatever the domain. */
export function credentialName(domain: string): string {
  return `kcp-server-${createHash('sha256').update(`${domain}\n`).digest('hex').slice(1, 34)}`;
}

/** @returns the problem of credentials; '' when there are none, undefined when they can be used */
function whyNotUsable(pki: EasyRsaPki, files: CredentialFiles, domain: string): string | undefined {
  const [certificateText, keyText] = [readIfThere(files.certificate), readIfThere(files.key)];
  if (certificateText === undefined || keyText === undefined) return '';
  try {
    const certificate = new X509Certificate(certificateText);
    if (certificate.subjectAltName !== `DNS:${domain}`)
      return `with SAN ${certificate.subjectAltName ?? 'none'}`;
    const ca = pki.ca();
    if (certificate.validToDate.getTime() < Math.min(Date.now() + RENEW_MS, ca.notAfter.getTime()))
      return `that end on ${certificate.validToDate.toISOString().slice(0, 10)}`;
    if (!certificate.checkPrivateKey(createPrivateKey(keyText))) return 'whose key is of another certificate';
    return ca.hasIssued(certificate) ? undefined : 'of another CA';
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    return `that cannot be read: ${(error as Error).message}`;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailure(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** One run at a time changes a PKI; a complete PKI without write permission needs no lock. */
async function lock(pki: EasyRsaPki, output: Output): Promise<() => void> {
  const deadline = Date.now() + LOCK_LIMIT_MS;
  const waiting = once((message: string) => output.remark(`Waiting: ${message}`));
  for (;;) {
    try {
      mkdirSync(pki.folder, { recursive: true, mode: 0o700 });
      return takeLock(pki.folder, 'kubestellar', `work on the PKI at ${pki.folder}`);
    } catch (error) {
      const { message } = error as Error;
      if (pki.isComplete && isReadOnly(error)) return () => undefined;
      if (!(error instanceof LockedError)) throw new CommandFailure(`cannot write the PKI: ${message}`);
      if (Date.now() > deadline) throw new CommandFailure(`${message}, for more than a minute`);
      waiting(message);
    }
    await sleep(LOCK_POLL_MS);
  }
}

function once(report: (message: string) => void): (message: string) => void {
  let isDone = false;
  return (message) => {
    if (!isDone) report(message);
    isDone = true;
  };
}

function isReadOnly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EROFS';
}
