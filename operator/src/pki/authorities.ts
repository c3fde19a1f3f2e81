import { X509Certificate } from 'node:crypto';
import { SECRETS } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import { Authority, issuedAt, PkiError } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import { renewalOf } from './leaf.ts';

/** An authority as it is in use. */
export interface AuthorityInUse {
  readonly authority: Authority;
  /** What goes along with each certificate that it issues, so that clients find the way to what they trust. */
  readonly chain: string;
  /** The certificates by which to trust it. */
  readonly trust: string;
  /** Since when (milliseconds since 1970); undefined for one that is given: nobody tells. */
  readonly since: number | undefined;
  readonly issuedAt: Date;
  readonly notAfter: Date;
  readonly renewalTime: Date;
  /** Why it has just been made; undefined when it was there. */
  readonly madeBecause: string | undefined;
}

/** How an authority of the operator's own is made. */
export interface AuthorityWish {
  readonly secret: string;
  readonly commonName: string;
  /** Milliseconds. */
  readonly lifetime: number;
  /** One that was made before is to be replaced (milliseconds since 1970). */
  readonly notBefore: number;
  readonly retain: boolean;
}

/** A given issuer that is not there or of no use. */
export class IssuerProblem extends Error {
  override readonly name = 'IssuerProblem';
  readonly reason: 'IssuerSecretMissing' | 'IssuerSecretInvalid';

  constructor(reason: IssuerProblem['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * An authority of the operator's own, kept in a Secret: made when there is none, replaced when two thirds of its
 * life are over or when a rotation was asked for. Its predecessor certifies it, so that who trusts only that one
 * trusts it as well.
 */
export async function ensureAuthority(
  objects: Objects,
  wish: AuthorityWish,
  now: number,
): Promise<AuthorityInUse> {
  const texts = textsOf(await objects.get<Secret>(SECRETS, wish.secret));
  const present = read(texts['tls.crt'], texts['tls.key']);
  const reason = whyReplace(present, wish, now);
  if (present && reason === undefined) return inUse(present, texts['cross.crt'] ?? '', undefined);
  const made = await Authority.create(`${wish.commonName} ${new Date(now).toISOString()}`, wish.lifetime);
  const isAlive = present !== undefined && certificateOf(present).validToDate.getTime() > now;
  const cross = isAlive ? await present.certify(made) : '';
  const contents = { 'tls.crt': made.certificate, 'tls.key': made.key, 'cross.crt': cross };
  await objects.ensure(SECRETS, secretOf(wish.secret, contents), { retain: wish.retain });
  return inUse(made, cross, reason);
}

/** The authority in a Secret of the user's. @throws IssuerProblem */
export async function givenAuthority(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<AuthorityInUse> {
  const secret = await client.get<Secret>(SECRETS, { namespace, name });
  if (!secret) {
    throw new IssuerProblem(
      'IssuerSecretMissing',
      `there is no Secret "${name}" in namespace "${namespace}"; create it with tls.crt and tls.key of an authority, ` +
        'or leave out spec.certificates.issuerSecretName',
    );
  }
  const texts = textsOf(secret);
  const [certificate = '', key = ''] = [texts['tls.crt'], texts['tls.key']];
  try {
    const authority = Authority.parse({ certificate, key });
    const chain = certificateOf(authority).checkIssued(certificateOf(authority)) ? '' : certificate;
    const trust = texts['ca.crt'] ?? certificatesIn(certificate).at(-1) ?? certificate;
    return { ...inUse(authority, chain, undefined), trust, since: undefined };
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    throw new IssuerProblem(
      'IssuerSecretInvalid',
      `the authority in Secret "${name}" can't be used: ${error.message}; it needs tls.crt and tls.key in PEM`,
    );
  }
}

function whyReplace(present: Authority | undefined, wish: AuthorityWish, now: number): string | undefined {
  if (!present) return 'there was none';
  const certificate = certificateOf(present);
  if (issuedAt(certificate) < wish.notBefore) return 'a rotation was asked for';
  if (now >= renewalOf(certificate)) return 'two thirds of its life were over';
  return undefined;
}

/** What can't be read is as good as gone. */
function read(certificate: string | undefined, key: string | undefined): Authority | undefined {
  try {
    return certificate && key ? Authority.parse({ certificate, key }) : undefined;
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}

function inUse(authority: Authority, chain: string, madeBecause: string | undefined): AuthorityInUse {
  const certificate = certificateOf(authority);
  return {
    authority,
    chain,
    trust: authority.certificate,
    since: issuedAt(certificate),
    issuedAt: new Date(issuedAt(certificate)),
    notAfter: certificate.validToDate,
    renewalTime: new Date(renewalOf(certificate)),
    madeBecause,
  };
}

function certificateOf(authority: Authority): X509Certificate {
  return new X509Certificate(authority.certificate);
}
