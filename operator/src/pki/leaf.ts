/** When a certificate is still good, and when it is to be replaced. */
import { X509Certificate } from 'node:crypto';
import { certificatesIn } from '@kubestellar/kube';
import { type Authority, issuedAt, type KeyPair, type Subject } from '@kubestellar/pki';

/** What a certificate must be like. */
export interface LeafWish {
  readonly subject: Subject;
  readonly issuer: Authority;
  /** Milliseconds. */
  readonly lifetime: number;
  /** One that was issued before is to be replaced (milliseconds since 1970). */
  readonly notBefore: number;
}

/** A certificate and its key as they are now. */
export interface Leaf extends KeyPair {
  readonly issuedAt: Date;
  readonly notAfter: Date;
  /** When it is due to be replaced. */
  readonly renewalTime: Date;
  /** Why it has just been issued; undefined when it was good already. */
  readonly issuedBecause: string | undefined;
}

/** The certificate of `present` if it is good, else a new one. @throws PkiError when it can't be issued */
export async function ensureLeaf(present: KeyPair | undefined, wish: LeafWish, now: number): Promise<Leaf> {
  const reason = whyReplace(present, wish, now);
  const pair =
    present && reason === undefined ? present : await wish.issuer.issue(wish.subject, wish.lifetime);
  return leafOf(pair, reason);
}

/**
 * The same, but while servers do not trust the wished issuer yet, a certificate of a former authority is kept.
 * @param formerTrust what servers trust until then (PEM); undefined once they trust the issuer
 */
export async function ensureTrustedLeaf(
  present: KeyPair | undefined,
  wish: LeafWish,
  formerTrust: string | undefined,
  now: number,
): Promise<Leaf> {
  const kept = formerTrust === undefined ? undefined : keepLeaf(present, formerTrust, now);
  return kept ?? ensureLeaf(present, wish, now);
}

/** The certificate of `present` while it is valid and one of the authorities in `trust` (PEM) has issued it. */
function keepLeaf(present: KeyPair | undefined, trust: string, now: number): Leaf | undefined {
  const certificate = present && parse(present.certificate);
  if (!present || !certificate || certificate.validToDate.getTime() <= now) return undefined;
  const isTrusted = certificatesIn(trust).some((pem) => {
    const authority = new X509Certificate(pem);
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
  return isTrusted ? leafOf(present, undefined) : undefined;
}

function leafOf(pair: KeyPair, issuedBecause: string | undefined): Leaf {
  const certificate = new X509Certificate(pair.certificate);
  const renewalTime = new Date(renewalOf(certificate));
  const issued = new Date(issuedAt(certificate));
  return { ...pair, issuedAt: issued, notAfter: certificate.validToDate, renewalTime, issuedBecause };
}

/** @returns why the certificate is not good, or undefined when it is */
function whyReplace(present: KeyPair | undefined, wish: LeafWish, now: number): string | undefined {
  if (!present) return 'there was none';
  const certificate = parse(present.certificate);
  if (!certificate) return 'it could not be read';
  if (!wish.issuer.hasIssued(certificate)) return 'its authority was replaced';
  if (certificate.subject !== subjectText(wish.subject)) return 'it was for someone else';
  if (!hasNames(certificate, wish.subject)) return 'the names of the server changed';
  if (issuedAt(certificate) < wish.notBefore) return 'a rotation was asked for';
  if (now >= renewalOf(certificate)) return 'two thirds of its life were over';
  return undefined;
}

/** Two thirds of a certificate's life after it was issued (milliseconds since 1970). */
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

/** Node writes IPv6 addresses in full and capitals. */
function canonical(name: string): string {
  const address = /^IP:(.*:.*)$/.exec(name)?.[1];
  if (address === undefined) return name;
  const [head = '', tail = ''] = address.split('::');
  const parts = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = address.includes('::') ? 8 - parts(head).length - parts(tail).length : 0;
  const all = [...parts(head), ...Array<string>(missing).fill('0'), ...parts(tail)];
  return `IP:${all.map((part) => part.replace(/^0+(?=.)/, '').toUpperCase()).join(':')}`;
}
