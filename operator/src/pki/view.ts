/** What the container `view` needs of the PKI, in one Secret. */
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { AuthorityInUse } from './authorities.ts';
import { ensureTrustedLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';
import { ensureServing, type ServerCertificates } from './server.ts';

/** Keys of the Secret, which are the names of the view's files. */
export const VIEW_FILES = {
  certificate: 'tls.crt',
  key: 'tls.key',
  clientAuthorities: 'client-ca.crt',
  serverAuthorities: 'server-ca.crt',
  proxyCertificate: 'proxy.crt',
  proxyKey: 'proxy.key',
} as const;

/** As whom the view is known to kcp. */
export const PROXY_NAME = 'kubestellar:view';

/** Everything that goes into the view's Secret. */
export interface ViewWish {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly server: AuthorityInUse;
  readonly proxy: AuthorityInUse;
  readonly kcp: ServerCertificates;
  /** Whether kcp is known to trust what `proxy` issues; until then, a certificate of a former authority is kept. */
  readonly isTrusted: boolean;
}

/** The view's two certificates. */
export interface ViewCertificates {
  readonly serving: Leaf;
  readonly proxy: Leaf;
}

/** Makes the view's Secret right: its certificate as a server, and that by which kcp believes it who it is that asks. */
export async function ensureViewCertificates(
  objects: Objects,
  wish: ViewWish,
  now: number,
): Promise<ViewCertificates> {
  const { settings, rotation, kcp } = wish;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.viewSecret));
  const { leaf: serving, chained } = await ensureServing(
    { certificate: texts[VIEW_FILES.certificate], key: texts[VIEW_FILES.key] },
    { ...wish, name: 'kubestellar-view' },
    now,
  );
  const [certificate = '', key = ''] = [texts[VIEW_FILES.proxyCertificate], texts[VIEW_FILES.proxyKey]];
  const proxy = await ensureTrustedLeaf(
    certificate && key ? { certificate, key } : undefined,
    {
      subject: { commonName: PROXY_NAME },
      issuer: wish.proxy.authority,
      lifetime: settings.certificates.clientLifetime,
      notBefore: rotation.certificates,
    },
    wish.isTrusted ? undefined : kcp.proxyTrust,
    now,
  );
  const contents = {
    [VIEW_FILES.certificate]: chained,
    [VIEW_FILES.key]: serving.key,
    [VIEW_FILES.clientAuthorities]: kcp.clientTrust,
    [VIEW_FILES.serverAuthorities]: kcp.serverTrust,
    [VIEW_FILES.proxyCertificate]: proxy.certificate,
    [VIEW_FILES.proxyKey]: proxy.key,
  };
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.viewSecret, contents));
  return { serving, proxy };
}

/** Removes what a view has needed that is not wanted any more. */
export async function removeViewCertificates(objects: Objects): Promise<void> {
  await objects.remove(SECRETS, HOSTED_CORE.viewSecret);
  await objects.remove(SECRETS, HOSTED_CORE.proxyAuthoritySecret);
}
