import { X509Certificate } from 'node:crypto';
import { SECRETS } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import { CA, issuedAt, PkiError } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import { renewalOf } from './leaf.ts';

/** A CA that is in use. */
export interface CAInUse {
  readonly issuer: CA;
  /** Sent along with each certificate that the CA issues, so that clients of a previous CA can verify it. */
  readonly chain: string;
  /** The certificates (PEM) to verify what it issues. */
  readonly trust: string;
  /** When it was created (milliseconds since 1970); undefined for a given CA, of which that is not known. */
  readonly since: number | undefined;
  readonly issuedAt: Date;
  readonly notAfter: Date;
  readonly renewalTime: Date;
  /** Why it has just been created; undefined when it existed. */
  readonly madeBecause: string | undefined;
}

/** What a CA of the operator's own should be like. */
export interface CASpec {
  readonly secret: string;
  readonly commonName: string;
  /** Milliseconds. */
  readonly lifetime: number;
  /** One that was created before is replaced (milliseconds since 1970). */
  readonly notBefore: number;
  readonly retain: boolean;
}

/** The Secret with the given issuer does not exist, or cannot be used. */
export class IssuerProblem extends Error {
  override readonly name = 'IssuerProblem';
  readonly reason: 'IssuerSecretMissing' | 'IssuerSecretInvalid';

  constructor(reason: IssuerProblem['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * A CA of the operator's own, kept in a Secret. It is created when missing, and replaced when two thirds of its
 * lifetime are over or when a rotation was requested. The previous CA cross-signs it, so that clients which trust
 * only the previous CA accept it as well.
 */
export async function ensureCA(objects: Objects, desired: CASpec, now: number): Promise<CAInUse> {
  const texts = textsOf(await objects.get<Secret>(SECRETS, desired.secret));
  const present = read(texts['tls.crt'], texts['tls.key']);
  const reason = whyReplace(present, desired, now);
  if (present && reason === undefined) return inUse(present, texts['cross.crt'] ?? '', undefined);
  const made = await CA.create(`${desired.commonName} ${new Date(now).toISOString()}`, desired.lifetime);
  const isAlive = present !== undefined && certificateOf(present).validToDate.getTime() > now;
  const cross = isAlive ? await present.certify(made) : '';
  const contents = { 'tls.crt': made.certificate, 'tls.key': made.key, 'cross.crt': cross };
  await objects.ensure(SECRETS, secretOf(desired.secret, contents), { retain: desired.retain });
  return inUse(made, cross, reason);
}

/** Reads the CA in a Secret of the user's. @throws IssuerProblem */
export async function readGivenCA(client: KubeClient, namespace: string, name: string): Promise<CAInUse> {
  const secret = await client.get<Secret>(SECRETS, { namespace, name });
  if (!secret) {
    throw new IssuerProblem(
      'IssuerSecretMissing',
      `Secret "${name}" does not exist in namespace "${namespace}"; create it with the tls.crt and tls.key of a CA, ` +
        'or remove spec.certificates.issuerSecretName',
    );
  }
  const texts = textsOf(secret);
  const [certificate = '', key = ''] = [texts['tls.crt'], texts['tls.key']];
  try {
    const ca = CA.parse({ certificate, key });
    const chain = certificateOf(ca).checkIssued(certificateOf(ca)) ? '' : certificate;
    const trust = texts['ca.crt'] ?? certificatesIn(certificate).at(-1) ?? certificate;
    return { ...inUse(ca, chain, undefined), trust, since: undefined };
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    throw new IssuerProblem(
      'IssuerSecretInvalid',
      `cannot use the CA in Secret "${name}" of namespace "${namespace}": ${error.message}; it needs tls.crt and tls.key in PEM`,
    );
  }
}

function whyReplace(present: CA | undefined, desired: CASpec, now: number): string | undefined {
  if (!present) return 'it did not exist';
  const certificate = certificateOf(present);
  if (issuedAt(certificate) < desired.notBefore) return 'a rotation was requested';
  if (now >= renewalOf(certificate)) return 'two thirds of its lifetime were over';
  return undefined;
}

/** An unreadable CA counts as missing. */
function read(certificate: string | undefined, key: string | undefined): CA | undefined {
  try {
    return certificate && key ? CA.parse({ certificate, key }) : undefined;
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}

function inUse(ca: CA, chain: string, madeBecause: string | undefined): CAInUse {
  const certificate = certificateOf(ca);
  return {
    issuer: ca,
    chain,
    trust: ca.certificate,
    since: issuedAt(certificate),
    issuedAt: new Date(issuedAt(certificate)),
    notAfter: certificate.validToDate,
    renewalTime: new Date(renewalOf(certificate)),
    madeBecause,
  };
}

function certificateOf(ca: CA): X509Certificate {
  return new X509Certificate(ca.certificate);
}
