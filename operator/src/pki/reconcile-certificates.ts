import { HOSTED_CORE } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import { type CertificateReport, type Finding, fine, rfc3339 } from '../report.ts';
import type { Endpoint, Settings } from '../settings.ts';
import { type AuthorityInUse, ensureAuthority, givenAuthority } from './authorities.ts';
import { ensureClientCertificates } from './clients.ts';
import type { Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { ensureServerCertificates, type ServerCertificates } from './server.ts';
import { fingerprint } from './trust.ts';
import { ensureViewCertificates, removeViewCertificates } from './view.ts';

/** What the reconcile of the certificates works with. */
export interface CertificateDependencies {
  readonly objects: Objects;
  /** Reads the issuer that a user gives. */
  readonly client: KubeClient;
  readonly now: number;
  /** Asks kcp, or the view, which certificate it presents and whether it trusts what an authority issues. */
  ask(question: Question): Promise<Answer>;
  /** Tells people what was renewed and why. */
  announce(message: string): void;
}

/** What is asked, and at which port of the core. */
export interface Question {
  readonly port: number;
  readonly authority: AuthorityInUse;
  readonly serverTrust: string;
  /** As the view that tells who it is that asks, instead of as a client. */
  readonly asProxy: boolean;
}

/** What a server's certificates are to a client. */
export interface Answer {
  /** Whether it trusts what the authority issues; false too when it does not answer. */
  readonly trusts: boolean;
  /** SHA-256 of the certificate that it presents, as Node writes it; undefined when it does not answer. */
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
 * and server working: kcp and the view present their new certificates along with the way to the former authority,
 * trust both authorities of clients, and only when they say so do clients get certificates of the new one; so it is
 * with the view, of which kcp is told who it is that asks.
 * @throws IssuerProblem when the given issuer can't be used
 */
export async function reconcileCertificates(
  settings: Settings,
  endpoints: { readonly kcp: Endpoint | undefined; readonly view: Endpoint | undefined },
  rotation: Rotation,
  deps: CertificateDependencies,
): Promise<CertificateOutcome> {
  const { objects, now } = deps;
  const server = await serverAuthority(settings, rotation, deps);
  const client = await ownAuthority(settings, rotation, deps, HOSTED_CORE.clientAuthoritySecret, 'clients');
  const proxy = settings.view
    ? await ownAuthority(settings, rotation, deps, HOSTED_CORE.proxyAuthoritySecret, 'proxies')
    : undefined;
  const kcp = await ensureServerCertificates(
    objects,
    { settings, endpoint: endpoints.kcp, rotation, server, client, proxy },
    now,
  );
  tell(deps, "kcp's server certificate was issued", kcp.leaf.issuedBecause);
  const answers = await answersOf({ client, proxy, kcp }, deps);
  const view = proxy
    ? await ensureViewCertificates(
        objects,
        { settings, endpoint: endpoints.view, rotation, server, proxy, kcp, isTrusted: answers.trustProxy },
        now,
      )
    : await removeViewCertificates(objects);
  const ofView = view ? [view.serving, view.proxy] : [];
  tell(deps, 'certificates of the view were issued', whyIssued(ofView));

  const isPresented =
    isUpToDate(kcp.leaf, answers.presented.kcp) && isUpToDate(view?.serving, answers.presented.view);
  const isTrusted = answers.trustClients;
  const clients = await ensureClientCertificates(
    objects,
    {
      settings,
      endpoint: endpoints.kcp,
      viewEndpoint: endpoints.view,
      rotation,
      authority: client,
      serverTrust: kcp.serverTrust,
      clientTrust: kcp.clientTrust,
      isTrusted,
    },
    now,
  );
  tell(deps, 'client certificates and kubeconfigs were issued', whyIssued(clients));

  const reports = [
    report('server-authority', server),
    report('client-authority', client),
    ...(proxy ? [report('proxy-authority', proxy)] : []),
    report('server', kcp.leaf),
    ...(view ? [report('view', earliest(ofView))] : []),
    report('clients', earliest(clients)),
  ];
  const isSettled = isTrusted && answers.trustProxy && isPresented;
  const isGiven = settings.certificates.issuerSecret !== undefined;
  const lookAgainIn = nextLook(reports, rotation, isSettled, isGiven, now);
  return { finding: findingOf(isTrusted, answers.trustProxy, isPresented), reports, lookAgainIn };
}

/** What kcp and the view say. Without a former authority there is nobody who could lose access. */
async function answersOf(
  asked: { client: AuthorityInUse; proxy: AuthorityInUse | undefined; kcp: ServerCertificates },
  deps: CertificateDependencies,
) {
  const { client, proxy, kcp } = asked;
  const { serverTrust, clientTrust, proxyTrust } = kcp;
  const isOnly = (trust: string) => certificatesIn(trust).length <= 1;
  const ask = (port: number, authority: AuthorityInUse, asProxy = false) =>
    deps.ask({ port, authority, serverTrust, asProxy });
  const [ofKcp, ofView, ofProxy] = await Promise.all([
    ask(HOSTED_CORE.port, client),
    proxy && ask(HOSTED_CORE.viewPort, client),
    proxy && !isOnly(proxyTrust) ? ask(HOSTED_CORE.port, proxy, true) : undefined,
  ]);
  return {
    presented: { kcp: ofKcp.presents, view: ofView?.presents },
    trustClients: isOnly(clientTrust) || (ofKcp.trusts && ofView?.trusts !== false),
    trustProxy: ofProxy?.trusts !== false,
  };
}

/** Whether a server presents its certificate; one that does not answer presents no other. */
function isUpToDate(leaf: Leaf | undefined, presented: string | undefined): boolean {
  return !leaf || presented === undefined || presented === fingerprint(leaf.certificate);
}

function whyIssued(leaves: readonly Leaf[]): string | undefined {
  return leaves.find(({ issuedBecause }) => issuedBecause !== undefined)?.issuedBecause;
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
    // Nobody outside of the core's pod has anything of the view as a proxy.
    retain: storage.type === 'claim' && storage.retain && use !== 'proxies',
  };
  const authority = await ensureAuthority(deps.objects, wish, deps.now);
  tell(deps, `the authority of ${use} was made`, authority.madeBecause);
  return authority;
}

function tell({ announce }: CertificateDependencies, what: string, because: string | undefined): void {
  if (because !== undefined) announce(`${what}: ${because}`);
}

function findingOf(isTrusted: boolean, isProxyTrusted: boolean, isPresented: boolean): Finding {
  if (!isTrusted)
    return fine(
      'Rotating',
      'clients get certificates of the new authority as soon as kcp and the view trust it',
    );
  if (!isProxyTrusted)
    return fine('Rotating', 'the view gets a certificate of the new authority as soon as kcp trusts it');
  if (!isPresented) return fine('Rotating', 'kcp or the view has not taken up its new certificate yet');
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
