import { HOSTED_CORE } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import { type CertificateReport, type Finding, fine, rfc3339 } from '../report.ts';
import type { Endpoint, Settings } from '../settings.ts';
import { type AuthorityInUse, ensureAuthority, givenAuthority } from './authorities.ts';
import { ensureClientCertificates } from './clients.ts';
import type { Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { ensureServerCertificates } from './server.ts';
import { certificatesIn, fingerprint } from './trust.ts';

/** What the reconcile of the certificates works with. */
export interface CertificateDependencies {
  readonly objects: Objects;
  /** Reads the issuer that a user gives. */
  readonly client: KubeClient;
  readonly now: number;
  /** Asks kcp which certificate it presents and whether it trusts the clients of an authority. */
  askKcp(authority: AuthorityInUse, serverTrust: string): Promise<KcpAnswer>;
  /** Tells people what was renewed and why. */
  announce(message: string): void;
}

/** What kcp's certificates are to a client. */
export interface KcpAnswer {
  /** Whether it trusts the clients of the authority; false too when kcp does not answer. */
  readonly trusts: boolean;
  /** SHA-256 of the certificate that it presents, as Node writes it; undefined when kcp does not answer. */
  readonly presents: string | undefined;
}

/** What there is to tell of the certificates, and when to look again (milliseconds from now). */
export interface CertificateOutcome {
  readonly finding: Finding;
  readonly reports: readonly CertificateReport[];
  readonly lookAgainIn: number;
}

/** How often kcp is asked whether it trusts a new authority: kubelets hand files on within a minute or two. */
const ASK_AGAIN_MS = 5_000;

/**
 * Keeps all authorities, certificates and kubeconfigs. An authority is replaced in steps that each keep clients
 * and server working: kcp presents its new certificate along with the way to the former authority, trusts both
 * authorities of clients, and only when it says so do clients get certificates of the new one.
 * @throws IssuerProblem when the given issuer can't be used
 */
export async function reconcileCertificates(
  settings: Settings,
  endpoint: Endpoint | undefined,
  rotation: Rotation,
  deps: CertificateDependencies,
): Promise<CertificateOutcome> {
  const { objects, now } = deps;
  const server = await serverAuthority(settings, rotation, deps);
  const client = await ownAuthority(settings, rotation, deps, HOSTED_CORE.clientAuthoritySecret, 'clients');
  const { leaf, serverTrust, clientTrust } = await ensureServerCertificates(
    objects,
    { settings, endpoint, rotation, server, client },
    now,
  );
  tell(deps, "kcp's server certificate was issued", leaf.issuedBecause);

  // Without a former authority there is nobody who could lose access.
  const answer = await deps.askKcp(client, serverTrust);
  const isTrusted = certificatesIn(clientTrust).length === 1 || answer.trusts;
  const isPresented = answer.presents === undefined || answer.presents === fingerprint(leaf.certificate);
  const clients = await ensureClientCertificates(
    objects,
    { settings, endpoint, rotation, authority: client, serverTrust, clientTrust, isTrusted },
    now,
  );
  const renewed = clients.find(({ issuedBecause }) => issuedBecause !== undefined);
  tell(deps, 'client certificates and kubeconfigs were issued', renewed?.issuedBecause);

  const reports = [
    report('server-authority', server),
    report('client-authority', client),
    report('server', leaf),
    report('clients', earliest(clients)),
  ];
  const isGiven = settings.certificates.issuerSecret !== undefined;
  const lookAgainIn = nextLook(reports, rotation, isTrusted && isPresented, isGiven, now);
  return { finding: findingOf(isTrusted, isPresented), reports, lookAgainIn };
}

async function serverAuthority(
  settings: Settings,
  rotation: Rotation,
  deps: CertificateDependencies,
): Promise<AuthorityInUse> {
  const { issuerSecret } = settings.certificates;
  if (issuerSecret !== undefined) return givenAuthority(deps.client, settings.namespace, issuerSecret);
  return ownAuthority(settings, rotation, deps, HOSTED_CORE.serverAuthoritySecret, 'servers');
}

async function ownAuthority(
  settings: Settings,
  rotation: Rotation,
  deps: CertificateDependencies,
  secret: string,
  use: string,
): Promise<AuthorityInUse> {
  const { storage, certificates, namespace } = settings;
  const wish = {
    secret,
    commonName: `KubeStellar ${use} of ${namespace}`.slice(0, 38),
    lifetime: certificates.authorityLifetime,
    notBefore: rotation.authorities,
    retain: storage.type === 'claim' && storage.retain,
  };
  const authority = await ensureAuthority(deps.objects, wish, deps.now);
  tell(deps, `the authority of ${use} was made`, authority.madeBecause);
  return authority;
}

function tell({ announce }: CertificateDependencies, what: string, because: string | undefined): void {
  if (because !== undefined) announce(`${what}: ${because}`);
}

function findingOf(isTrusted: boolean, isPresented: boolean): Finding {
  if (!isTrusted)
    return fine('Rotating', 'clients get certificates of the new authority as soon as kcp trusts it');
  if (!isPresented) return fine('Rotating', 'kcp has not taken up its new certificate yet');
  return fine('Issued');
}

type Times = Pick<Leaf, 'issuedAt' | 'notAfter' | 'renewalTime'>;

function report(name: string, times: Times): CertificateReport {
  const text = (key: keyof Times) => rfc3339(times[key].getTime());
  return { name, issuedAt: text('issuedAt'), notAfter: text('notAfter'), renewalTime: text('renewalTime') };
}

function earliest(leaves: readonly Leaf[]): Times {
  const first = (key: keyof Times) => new Date(Math.min(...leaves.map((leaf) => leaf[key].getTime())));
  return { issuedAt: first('issuedAt'), notAfter: first('notAfter'), renewalTime: first('renewalTime') };
}

function nextLook(
  reports: readonly CertificateReport[],
  rotation: Rotation,
  isSettled: boolean,
  isGiven: boolean,
  now: number,
): number {
  // The end of an authority that is given is its owner's business.
  const ours = reports.filter(({ name }) => !isGiven || name !== 'server-authority');
  const times = ours.map(({ renewalTime }) => Date.parse(renewalTime));
  if (rotation.next !== undefined) times.push(rotation.next);
  if (!isSettled) times.push(now + ASK_AGAIN_MS);
  return Math.max(1_000, Math.min(...times) - now + 1_000);
}
