/** What the container `kcp` needs of the PKI, in one Secret. */
import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import { certificatesIn } from '@kubestellar/kube';
import type { Subject } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { AuthorityInUse } from './authorities.ts';
import { ensureLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { trustBundle } from './trust.ts';

/** Keys of the Secret, which are the names of kcp's files. */
export const KCP_FILES = {
  certificate: 'tls.crt',
  key: 'tls.key',
  clientAuthorities: 'client-ca.crt',
  serverAuthorities: 'server-ca.crt',
  proxyAuthorities: 'proxy-ca.crt',
  serviceAccountKey: 'service-account.key',
} as const;

/** What kcp's clients build on. */
export interface ServerCertificates {
  readonly leaf: Leaf;
  /** By which clients trust kcp. */
  readonly serverTrust: string;
  /** By which kcp trusts clients. */
  readonly clientTrust: string;
  /** By which kcp trusts the view; empty when there is none. */
  readonly proxyTrust: string;
}

/** Everything that goes into kcp's Secret. */
export interface ServerWish {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly server: AuthorityInUse;
  readonly client: AuthorityInUse;
  /** Of the view; undefined when there is none. */
  readonly proxy: AuthorityInUse | undefined;
}

/** A certificate by which something in the core's pod proves itself. */
export interface ServingWish extends Pick<ServerWish, 'settings' | 'endpoint' | 'rotation' | 'server'> {
  readonly name: string;
}

/** @returns the certificate of `present` if it is good, else a new one; and its chain to what clients trust (PEM) */
export async function ensureServing(
  present: { readonly certificate: string | undefined; readonly key: string | undefined },
  { name, settings, endpoint, rotation, server }: ServingWish,
  now: number,
): Promise<{ leaf: Leaf; chained: string }> {
  const { authorityOverlap, serverLifetime } = settings.certificates;
  const [certificate = ''] = certificatesIn(present.certificate ?? '');
  const { key = '' } = present;
  const leaf = await ensureLeaf(
    certificate && key ? { certificate, key } : undefined,
    {
      subject: serverSubject(name, settings.namespace, endpoint),
      issuer: server.authority,
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
 * Makes kcp's Secret right: its certificate for all names by which it is reached, the authorities that it and its
 * clients trust, and the key by which it signs the tokens of service accounts, which is made once and kept.
 */
export async function ensureServerCertificates(
  objects: Objects,
  wish: ServerWish,
  now: number,
): Promise<ServerCertificates> {
  const { settings, server, client, proxy } = wish;
  const { authorityOverlap } = settings.certificates;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.kcpSecret));
  const { leaf, chained } = await ensureServing(
    { certificate: texts[KCP_FILES.certificate], key: texts[KCP_FILES.key] },
    { ...wish, name: HOSTED_CORE.name },
    now,
  );
  const trustIn = ({ trust, since = now }: AuthorityInUse, name: keyof typeof KCP_FILES) =>
    trustBundle(trust, texts[KCP_FILES[name]] ?? '', now < since + authorityOverlap, now);
  const serverTrust = trustIn(server, 'serverAuthorities');
  const clientTrust = trustIn(client, 'clientAuthorities');
  const proxyTrust = proxy ? trustIn(proxy, 'proxyAuthorities') : '';
  const contents = {
    [KCP_FILES.certificate]: chained,
    [KCP_FILES.key]: leaf.key,
    [KCP_FILES.clientAuthorities]: clientTrust,
    [KCP_FILES.serverAuthorities]: serverTrust,
    ...(proxy ? { [KCP_FILES.proxyAuthorities]: proxyTrust } : {}),
    [KCP_FILES.serviceAccountKey]: texts[KCP_FILES.serviceAccountKey] ?? newServiceAccountKey(),
  };
  const retain = settings.storage.type === 'claim' && settings.storage.retain;
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.kcpSecret, contents), { retain });
  return { leaf, serverTrust, clientTrust, proxyTrust };
}

/** All names by which kcp, or the view, is reached: in its pod, in the cluster, and from outside. */
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

/** Each once: the endpoint may be one of the names that are there anyway. */
function each(all: readonly string[]): string[] {
  return [...new Set(all)];
}

function names(host: string, applies: boolean): string[] {
  return host !== '' && applies ? [host] : [];
}

/** kcp signs tokens that live in Secrets with RSA only. */
function newServiceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
