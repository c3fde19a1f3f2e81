/** The container `kcp`'s part of the PKI, in one Secret. */
import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import { certificatesIn } from '@kubestellar/kube';
import type { Subject } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { CAInUse } from './cas.ts';
import { ensureLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { trustBundle } from './trust-bundle.ts';

/** Keys of the Secret, which are the names of kcp's files. */
export const KCP_FILES = {
  certificate: 'tls.crt',
  key: 'tls.key',
  clientCAs: 'client-ca.crt',
  serverCAs: 'server-ca.crt',
  proxyCAs: 'proxy-ca.crt',
  serviceAccountKey: 'service-account.key',
} as const;

/** What the certificates of kcp's clients depend on. */
export interface ServerCertificates {
  readonly leaf: Leaf;
  /** With this, clients trust kcp. */
  readonly serverTrust: string;
  /** With this, kcp trusts clients. */
  readonly clientTrust: string;
  /** With this, kcp trusts the workspace proxy; empty when that is disabled. */
  readonly proxyTrust: string;
}

/** What kcp's Secret is made of. */
export interface ServerSpec {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly server: CAInUse;
  readonly client: CAInUse;
  /** The CA of the workspace proxy; undefined when that is disabled. */
  readonly proxy: CAInUse | undefined;
}

/** What the server certificate of a container of the core's pod is made of. */
export interface ServingSpec extends Pick<ServerSpec, 'settings' | 'endpoint' | 'rotation' | 'server'> {
  readonly name: string;
}

/** @returns `present` if it is still valid, else a new certificate; and its chain to what clients trust (PEM) */
export async function ensureServing(
  present: { readonly certificate: string | undefined; readonly key: string | undefined },
  { name, settings, endpoint, rotation, server }: ServingSpec,
  now: number,
): Promise<{ leaf: Leaf; chained: string }> {
  const { authorityOverlap, serverLifetime } = settings.certificates;
  const [certificate = ''] = certificatesIn(present.certificate ?? '');
  const { key = '' } = present;
  const leaf = await ensureLeaf(
    certificate && key ? { certificate, key } : undefined,
    {
      subject: serverSubject(name, settings.namespace, endpoint),
      issuer: server.issuer,
      lifetime: serverLifetime,
      notBefore: rotation.certificates,
    },
    now,
  );
  const isChained = now < (server.since ?? now) + authorityOverlap;
  const chain = isChained ? certificatesIn(server.chain) : [];
  return { leaf, chained: [leaf.certificate, ...chain].join('') };
}

/**
 * Ensures kcp's Secret: its certificate for all names under which clients reach it, the CAs that it and its clients
 * trust, and the key that signs the tokens of service accounts, which is created once and kept.
 */
export async function ensureServerCertificates(
  objects: Objects,
  desired: ServerSpec,
  now: number,
): Promise<ServerCertificates> {
  const { settings, server, client, proxy } = desired;
  const { authorityOverlap } = settings.certificates;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.kcpSecret));
  const { leaf, chained } = await ensureServing(
    { certificate: texts[KCP_FILES.certificate], key: texts[KCP_FILES.key] },
    { ...desired, name: HOSTED_CORE.name },
    now,
  );
  const bundleFor = ({ trust, since = now }: CAInUse, name: keyof typeof KCP_FILES) =>
    trustBundle(trust, texts[KCP_FILES[name]] ?? '', now < since + authorityOverlap, now);
  const serverTrust = bundleFor(server, 'serverCAs');
  const clientTrust = bundleFor(client, 'clientCAs');
  const proxyTrust = proxy ? bundleFor(proxy, 'proxyCAs') : '';
  const contents = {
    [KCP_FILES.certificate]: chained,
    [KCP_FILES.key]: leaf.key,
    [KCP_FILES.clientCAs]: clientTrust,
    [KCP_FILES.serverCAs]: serverTrust,
    ...(proxy ? { [KCP_FILES.proxyCAs]: proxyTrust } : {}),
    [KCP_FILES.serviceAccountKey]: texts[KCP_FILES.serviceAccountKey] ?? newServiceAccountKey(),
  };
  const retain = settings.storage.type === 'claim' && settings.storage.retain;
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.kcpSecret, contents), { retain });
  return { leaf, serverTrust, clientTrust, proxyTrust };
}

/** All names under which clients reach kcp, or the workspace proxy: in its pod, in the cluster, and from outside. */
function serverSubject(commonName: string, namespace: string, endpoint: Endpoint | undefined): Subject {
  const { name } = HOSTED_CORE;
  const inCluster = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`];
  const host = endpoint?.host ?? '';
  const isAddress = isIP(host) !== 0;
  return {
    commonName,
    dnsNames: each([
      'localhost',
      ...inCluster,
      `${name}.${namespace}.svc.cluster.local`,
      ...names(host, !isAddress),
    ]),
    ipAddresses: each(['127.0.0.1', '::1', ...names(host, isAddress)]),
  };
}

/** Each once: the endpoint may equal one of the other names. */
function each(all: readonly string[]): string[] {
  return [...new Set(all)];
}

function names(host: string, applies: boolean): string[] {
  return host !== '' && applies ? [host] : [];
}

/** kcp signs tokens that are kept in Secrets with RSA only. */
function newServiceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
