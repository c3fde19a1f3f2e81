/** What the container `kcp` needs of the PKI, in one Secret. */
import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import type { Subject } from '@kubestellar/kube/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { AuthorityInUse } from './authorities.ts';
import { ensureLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { certificatesIn, trustBundle } from './trust.ts';

/** Keys of the Secret, which are the names of kcp's files. */
export const KCP_FILES = {
  certificate: 'tls.crt',
  key: 'tls.key',
  clientAuthorities: 'client-ca.crt',
  serverAuthorities: 'server-ca.crt',
  serviceAccountKey: 'service-account.key',
} as const;

/** What kcp's clients build on. */
export interface ServerCertificates {
  readonly leaf: Leaf;
  /** By which clients trust kcp. */
  readonly serverTrust: string;
  /** By which kcp trusts clients. */
  readonly clientTrust: string;
}

/** Everything that goes into kcp's Secret. */
export interface ServerWish {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly server: AuthorityInUse;
  readonly client: AuthorityInUse;
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
  const { settings, rotation, server, client } = wish;
  const { authorityOverlap, serverLifetime } = settings.certificates;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.kcpSecret));
  const [first = ''] = certificatesIn(texts[KCP_FILES.certificate] ?? '');
  const key = texts[KCP_FILES.key] ?? '';
  const leaf = await ensureLeaf(
    first && key ? { certificate: first, key } : undefined,
    {
      subject: serverSubject(settings.namespace, wish.endpoint),
      issuer: server.authority,
      lifetime: serverLifetime,
      notBefore: rotation.certificates,
    },
    now,
  );
  const isRecent = (since: number) => now < since + authorityOverlap;
  const former = (name: keyof typeof KCP_FILES) => texts[KCP_FILES[name]] ?? '';
  const isChained = isRecent(server.since ?? now);
  const serverTrust = trustBundle(server.trust, former('serverAuthorities'), isChained, now);
  const clientTrust = trustBundle(
    client.trust,
    former('clientAuthorities'),
    isRecent(client.since ?? now),
    now,
  );
  const contents = {
    [KCP_FILES.certificate]: [leaf.certificate, ...(isChained ? certificatesIn(server.chain) : [])].join(''),
    [KCP_FILES.key]: leaf.key,
    [KCP_FILES.clientAuthorities]: clientTrust,
    [KCP_FILES.serverAuthorities]: serverTrust,
    [KCP_FILES.serviceAccountKey]: texts[KCP_FILES.serviceAccountKey] ?? newServiceAccountKey(),
  };
  const retain = settings.storage.type === 'claim' && settings.storage.retain;
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.kcpSecret, contents), { retain });
  return { leaf, serverTrust, clientTrust };
}

/** All names by which kcp is reached: in its pod, in the cluster, and from outside. */
function serverSubject(namespace: string, endpoint: Endpoint | undefined): Subject {
  const { name } = HOSTED_CORE;
  const inCluster = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`];
  const host = endpoint?.host ?? '';
  const isAddress = isIP(host) !== 0;
  return {
    commonName: name,
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
