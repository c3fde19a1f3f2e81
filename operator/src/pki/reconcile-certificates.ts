import { HOSTED_CORE } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import { type CertificateReport, type Finding, fine, rfc3339 } from '../report.ts';
import type { Endpoint, Settings } from '../settings.ts';
import { type CAInUse, ensureCA, readGivenCA } from './cas.ts';
import { ensureClientCertificates } from './clients.ts';
import type { Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { ensureServerCertificates, type ServerCertificates } from './server.ts';
import { fingerprint } from './trust-bundle.ts';
import { ensureProxyCertificates, removeProxyCertificates } from './workspace-proxy.ts';

/** What the reconcile of the certificates works with. */
export interface CertificateDependencies {
  readonly objects: Objects;
  /** Reads the issuer that a user gives. */
  readonly client: KubeClient;
  readonly now: number;
  /** Checks which certificate kcp or the workspace proxy presents, and whether it trusts what a CA issues. */
  probe(target: Probe): Promise<ProbeResult>;
  /** Writes an Event on what was renewed and why. */
  announce(message: string): void;
}

/** What is probed: a port of the core, as a client with a certificate of `ca`. */
export interface Probe {
  readonly port: number;
  readonly ca: CAInUse;
  readonly serverTrust: string;
  /** Connect as the workspace proxy, which names the user in a header, instead of as an ordinary client. */
  readonly asProxy: boolean;
}

/** How a server responds to such a client. */
export interface ProbeResult {
  /** Whether it trusts what the CA issues; false too when it does not respond. */
  readonly trusts: boolean;
  /** SHA-256 of the certificate that it presents, as Node writes it; undefined when it does not respond. */
  readonly presents: string | undefined;
}

/** What the reconcile found out about the certificates, and when it is due again (milliseconds from now). */
export interface CertificateOutcome {
  readonly finding: Finding;
  readonly reports: readonly CertificateReport[];
  readonly lookAgainIn: number;
}

/** How often kcp is probed for trust in a new CA: kubelets update mounted files within a minute or two. */
const PROBE_AGAIN_MS = 5_000;

/**
 * Reconciles all CAs, certificates and kubeconfigs. A CA is replaced in steps that keep every client and server
 * working. First, kcp and the workspace proxy present their new certificates with the cross-signed CA, and trust the
 * clients of both CAs. Clients get certificates of the new CA only when both servers are seen to trust it. The same
 * holds for the workspace proxy, from which kcp accepts the X-Remote-User headers.
 * @throws IssuerProblem when the given issuer cannot be used
 */
export async function reconcileCertificates(
  settings: Settings,
  endpoints: { readonly kcp: Endpoint | undefined; readonly proxy: Endpoint | undefined },
  rotation: Rotation,
  deps: CertificateDependencies,
): Promise<CertificateOutcome> {
  const { objects, now } = deps;
  const server = await ensureServerCA(settings, rotation, deps);
  const client = await ensureOwnCA(settings, rotation, deps, HOSTED_CORE.clientCASecret, 'clients');
  const proxy = settings.proxy
    ? await ensureOwnCA(settings, rotation, deps, HOSTED_CORE.proxyCASecret, 'proxies')
    : undefined;
  const kcp = await ensureServerCertificates(
    objects,
    { settings, endpoint: endpoints.kcp, rotation, server, client, proxy },
    now,
  );
  announceIssued(deps, "kcp's server certificate was issued", kcp.leaf.issuedBecause);
  const probed = await probeServers({ client, proxy, kcp }, deps);
  const workspaceProxy = proxy
    ? await ensureProxyCertificates(
        objects,
        { settings, endpoint: endpoints.proxy, rotation, server, proxy, kcp, isTrusted: probed.trustProxy },
        now,
      )
    : await removeProxyCertificates(objects);
  const ofProxy = workspaceProxy ? [workspaceProxy.serving, workspaceProxy.proxy] : [];
  announceIssued(deps, "the workspace proxy's certificates were issued", whyIssued(ofProxy));

  const isPresented =
    isUpToDate(kcp.leaf, probed.presented.kcp) && isUpToDate(workspaceProxy?.serving, probed.presented.proxy);
  const isTrusted = probed.trustClients;
  const clients = await ensureClientCertificates(
    objects,
    {
      settings,
      endpoint: endpoints.kcp,
      viewEndpoint: endpoints.proxy,
      rotation,
      ca: client,
      serverTrust: kcp.serverTrust,
      clientTrust: kcp.clientTrust,
      isTrusted,
    },
    now,
  );
  announceIssued(deps, 'client certificates and kubeconfigs were issued', whyIssued(clients));

  const reports = [
    report('server-authority', server),
    report('client-authority', client),
    ...(proxy ? [report('proxy-authority', proxy)] : []),
    report('server', kcp.leaf),
    ...(workspaceProxy ? [report('view', earliest(ofProxy))] : []),
    report('clients', earliest(clients)),
  ];
  const isGiven = settings.certificates.issuerSecret !== undefined;
  const isSettled = isTrusted && probed.trustProxy && isPresented;
  const lookAgainIn = nextLook(reports, rotation, isSettled, isGiven, now);
  return { finding: findingOf(isTrusted, probed.trustProxy, isPresented), reports, lookAgainIn };
}

/** Probes kcp and the workspace proxy. Without a previous CA there is no client that could lose access. */
async function probeServers(
  cas: { client: CAInUse; proxy: CAInUse | undefined; kcp: ServerCertificates },
  deps: CertificateDependencies,
) {
  const { client, proxy, kcp } = cas;
  const { serverTrust, clientTrust, proxyTrust } = kcp;
  const isOnly = (trust: string) => certificatesIn(trust).length <= 1;
  const probe = (port: number, ca: CAInUse, asProxy = false) =>
    deps.probe({ port, ca, serverTrust, asProxy });
  const [kcpToClient, proxyToClient, kcpToProxy] = await Promise.all([
    probe(HOSTED_CORE.port, client),
    proxy && probe(HOSTED_CORE.proxyPort, client),
    proxy && !isOnly(proxyTrust) ? probe(HOSTED_CORE.port, proxy, true) : undefined,
  ]);
  return {
    presented: { kcp: kcpToClient.presents, proxy: proxyToClient?.presents },
    trustClients: isOnly(clientTrust) || (kcpToClient.trusts && proxyToClient?.trusts !== false),
    trustProxy: kcpToProxy?.trusts !== false,
  };
}

/** Whether a server presents its certificate; one that does not respond presents no other. */
function isUpToDate(leaf: Leaf | undefined, presented: string | undefined): boolean {
  return !leaf || presented === undefined || presented === fingerprint(leaf.certificate);
}

function whyIssued(leaves: readonly Leaf[]): string | undefined {
  return leaves.find(({ issuedBecause }) => issuedBecause !== undefined)?.issuedBecause;
}

async function ensureServerCA(
  settings: Settings,
  rotation: Rotation,
  deps: CertificateDependencies,
): Promise<CAInUse> {
  const { issuerSecret } = settings.certificates;
  if (issuerSecret !== undefined) return readGivenCA(deps.client, settings.namespace, issuerSecret);
  return ensureOwnCA(settings, rotation, deps, HOSTED_CORE.serverCASecret, 'servers');
}

async function ensureOwnCA(
  settings: Settings,
  rotation: Rotation,
  deps: CertificateDependencies,
  secret: string,
  use: string,
): Promise<CAInUse> {
  const { storage, certificates, namespace } = settings;
  const desired = {
    secret,
    commonName: `KubeStellar ${use} of ${namespace}`.slice(0, 38),
    lifetime: certificates.authorityLifetime,
    notBefore: rotation.cas,
    // Nothing outside of the core's pod has a certificate of the CA for proxies.
    retain: storage.type === 'claim' && storage.retain && use !== 'proxies',
  };
  const ca = await ensureCA(deps.objects, desired, deps.now);
  announceIssued(deps, `the CA of ${use} was created`, ca.madeBecause);
  return ca;
}

function announceIssued({ announce }: CertificateDependencies, what: string, because: string | undefined) {
  if (because !== undefined) announce(`${what}: ${because}`);
}

function findingOf(isTrusted: boolean, isProxyTrusted: boolean, isPresented: boolean): Finding {
  if (!isTrusted)
    return fine(
      'Rotating',
      'clients get certificates of the new CA as soon as kcp and the workspace proxy trust it',
    );
  if (!isProxyTrusted)
    return fine('Rotating', 'the workspace proxy gets a certificate of the new CA as soon as kcp trusts it');
  if (!isPresented)
    return fine('Rotating', 'kcp or the workspace proxy does not present its new certificate yet');
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
  // The renewal of a given CA is its owner's task.
  const ours = reports.filter(({ name }) => !isGiven || name !== 'server-authority');
  const times = ours.map(({ renewalTime }) => Date.parse(renewalTime));
  if (rotation.next !== undefined) times.push(rotation.next);
  if (!isSettled) times.push(now + PROBE_AGAIN_MS);
  return Math.max(1_000, Math.min(...times) - now + 1_000);
}
