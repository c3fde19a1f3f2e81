/** When a certificate is still valid, and when it must be replaced. */
import { X509Certificate } from 'node:crypto';
import { certificatesIn } from '@kubestellar/kube';
import { type CA, issuedAt, type KeyPair, type Subject } from '@kubestellar/pki';

/** What a certificate should be like. */
export interface LeafSpec {
  readonly subject: Subject;
  readonly issuer: CA;
  /** Milliseconds. */
  readonly lifetime: number;
  /** One that was issued before is replaced (milliseconds since 1970). */
  readonly notBefore: number;
}

/** A certificate and its key. */
export interface Leaf extends KeyPair {
  readonly issuedAt: Date;
  readonly notAfter: Date;
  /** When it is due for renewal. */
  readonly renewalTime: Date;
  /** Why it has just been issued; undefined when it was already valid. */
  readonly issuedBecause: string | undefined;
}

/** Returns `present` if it fits `desired`, else a new certificate. @throws PkiError when it cannot be issued */
export async function ensureLeaf(
  present: KeyPair | undefined,
  desired: LeafSpec,
  now: number,
): Promise<Leaf> {
  const reason = whyReplace(present, desired, now);
  const pair =
    present && reason === undefined ? present : await desired.issuer.issue(desired.subject, desired.lifetime);
  return leafOf(pair, reason);
}

/**
 * The same, but keeps a certificate of a previous CA until servers trust the desired issuer.
 * @param formerTrust what servers trust until then (PEM); undefined once they trust the issuer
 */
export async function ensureTrustedLeaf(
  present: KeyPair | undefined,
  desired: LeafSpec,
  formerTrust: string | undefined,
  now: number,
): Promise<Leaf> {
  const kept = formerTrust === undefined ? undefined : keepLeaf(present, formerTrust, now);
  return kept ?? ensureLeaf(present, desired, now);
}

/** Returns `present` while it is valid and one of the CAs in `trust` (PEM) has issued it. */
function keepLeaf(present: KeyPair | undefined, trust: string, now: number): Leaf | undefined {
  const certificate = present && parse(present.certificate);
  if (!present || !certificate || certificate.validToDate.getTime() <= now) return undefined;
  const isTrusted = certificatesIn(trust).some((pem) => {
    const ca = new X509Certificate(pem);
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  });
  return isTrusted ? leafOf(present, undefined) : undefined;
}

function leafOf(pair: KeyPair, issuedBecause: string | undefined): Leaf {
  const certificate = new X509Certificate(pair.certificate);
  const renewalTime = new Date(renewalOf(certificate));
  const issued = new Date(issuedAt(certificate));
  return { ...pair, issuedAt: issued, notAfter: certificate.validToDate, renewalTime, issuedBecause };
}

/** @returns why the certificate must be replaced, or undefined */
function whyReplace(present: KeyPair | undefined, desired: LeafSpec, now: number): string | undefined {
  if (!present) return 'it did not exist';
  const certificate = parse(present.certificate);
  if (!certificate) return 'it could not be read';
  if (!desired.issuer.hasIssued(certificate)) return 'its CA was replaced';
  if (certificate.subject !== subjectText(desired.subject)) return 'it was for someone else';
  if (!hasNames(certificate, desired.subject)) return 'the names of the server changed';
  if (issuedAt(certificate) < desired.notBefore) return 'a rotation was requested';
  if (now >= renewalOf(certificate)) return 'two thirds of its lifetime were over';
  return undefined;
}

/** Two thirds of a certificate's lifetime after it was issued (milliseconds since 1970). */
export function renewalOf(certificate: X509Certificate): number {
  const begin = issuedAt(certificate);
  return begin + ((certificate.validToDate.getTime() - begin) * 2) / 3;
}

function parse(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function subjectText({ commonName, organizations = [] }: Subject): string {
  return [...organizations.map((name) => `O=${name}`), `CN=${commonName}`].join('\n');
}

function hasNames(certificate: X509Certificate, { dnsNames = [], ipAddresses = [] }: Subject): boolean {
  const wanted = [...dnsNames.map((name) => `DNS:${name}`), ...ipAddresses.map((ip) => `IP:${ip}`)];
  const found = (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '');
  const known = new Set(found.map((name) => name.replace('IP Address:', 'IP:')));
  return known.size === wanted.length && wanted.every((name) => known.has(canonical(name)));
}

/** Node writes IPv6 addresses in full and in capitals. */
function canonical(name: string): string {
  const address = /^IP:(.*:.*)$/.exec(name)?.[1];
  if (address === undefined) return name;
  const [head = '', tail = ''] = address.split('::');
  const parts = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = address.includes('::') ? 8 - parts(head).length - parts(tail).length : 0;
  const all = [...parts(head), ...Array<string>(missing).fill('0'), ...parts(tail)];
  return `IP:${all.map((part) => part.replace(/^0+(?=.)/, '').toUpperCase()).join(':')}`;
}
