/** The workspace proxy's part of the PKI, in one Secret. */
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { CAInUse } from './cas.ts';
import { ensureTrustedLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { ensureServing, type ServerCertificates } from './server.ts';

/** Keys of the Secret, which are the names of the workspace proxy's files. */
export const PROXY_FILES = {
  certificate: 'tls.crt',
  key: 'tls.key',
  clientCAs: 'client-ca.crt',
  serverCAs: 'server-ca.crt',
  proxyCertificate: 'proxy.crt',
  proxyKey: 'proxy.key',
} as const;

/** Common name with which the workspace proxy authenticates to kcp. */
export const PROXY_NAME = 'kubestellar:view';

/** What the workspace proxy's Secret is made of. */
export interface ProxySpec {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly server: CAInUse;
  readonly proxy: CAInUse;
  readonly kcp: ServerCertificates;
  /** Whether kcp is known to trust what `proxy` issues; until then, a certificate of a previous CA is kept. */
  readonly isTrusted: boolean;
}

/** The workspace proxy's two certificates. */
export interface ProxyCertificates {
  readonly serving: Leaf;
  readonly proxy: Leaf;
}

/** Ensures the workspace proxy's Secret: its server certificate, and the client certificate with which kcp accepts its headers. */
export async function ensureProxyCertificates(
  objects: Objects,
  desired: ProxySpec,
  now: number,
): Promise<ProxyCertificates> {
  const { settings, rotation, kcp } = desired;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.proxySecret));
  const { leaf: serving, chained } = await ensureServing(
    { certificate: texts[PROXY_FILES.certificate], key: texts[PROXY_FILES.key] },
    { ...desired, name: 'kubestellar-view' },
    now,
  );
  const [certificate = '', key = ''] = [texts[PROXY_FILES.proxyCertificate], texts[PROXY_FILES.proxyKey]];
  const proxy = await ensureTrustedLeaf(
    certificate && key ? { certificate, key } : undefined,
    {
      subject: { commonName: PROXY_NAME },
      issuer: desired.proxy.issuer,
      lifetime: settings.certificates.clientLifetime,
      notBefore: rotation.certificates,
    },
    desired.isTrusted ? undefined : kcp.proxyTrust,
    now,
  );
  const contents = {
    [PROXY_FILES.certificate]: chained,
    [PROXY_FILES.key]: serving.key,
    [PROXY_FILES.clientCAs]: kcp.clientTrust,
    [PROXY_FILES.serverCAs]: kcp.serverTrust,
    [PROXY_FILES.proxyCertificate]: proxy.certificate,
    [PROXY_FILES.proxyKey]: proxy.key,
  };
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.proxySecret, contents));
  return { serving, proxy };
}

/** Deletes the Secrets of a workspace proxy that is disabled. */
export async function removeProxyCertificates(objects: Objects): Promise<void> {
  await objects.remove(SECRETS, HOSTED_CORE.proxySecret);
  await objects.remove(SECRETS, HOSTED_CORE.proxyCASecret);
}
