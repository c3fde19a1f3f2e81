/** Runs the reconcile of certificates, for tests. */
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { coreOf, type StoredObjects } from '../fixtures.ts';
import { type Secret, textsOf } from '../hosting/secret.ts';
import { settingsOf } from '../settings.ts';
import { usersIn } from './kubeconfig.ts';
import { reconcileCertificates } from './reconcile-certificates.ts';
import { rotationOf } from './rotation.ts';

/** Where clients outside of the cluster reach the core. */
export const endpoints = {
  kcp: { host: 'ks.example.com', port: 443 },
  proxy: { host: 'view.example.com', port: 443 },
};

/** Reconciles as if the time were `now`. */
export async function reconcile(
  objects: StoredObjects,
  options: {
    now?: number;
    host?: string;
    annotations?: Record<string, string>;
    trusted?: boolean;
    presents?: string;
    issuer?: Secret;
    /** Overrides for the workspace proxy alone. */
    proxy?: { trusted?: boolean; presents?: string };
    /** Whether kcp trusts the new CA of the workspace proxy. */
    trustsProxy?: boolean;
    withoutProxy?: boolean;
  } = {},
) {
  const {
    now = Date.now(),
    annotations,
    trusted = true,
    presents,
    issuer,
    proxy,
    trustsProxy = true,
  } = options;
  const spec = {
    ...(issuer ? { certificates: { issuerSecretName: 'mine' } } : {}),
    ...(options.withoutProxy ? { view: { enabled: false } } : {}),
  };
  const core = coreOf(spec, annotations);
  const announced: string[] = [];
  const { kcp } = endpoints;
  const at = {
    kcp: { ...kcp, host: options.host ?? kcp.host },
    proxy: options.withoutProxy ? undefined : endpoints.proxy,
  };
  const outcome = await reconcileCertificates(settingsOf(core, '1.0.0'), at, rotationOf(core, now), {
    objects,
    client: { get: async () => issuer } as unknown as KubeClient,
    now,
    probe: async ({ port, asProxy }) => {
      if (asProxy) return { trusts: trustsProxy, presents };
      if (port === HOSTED_CORE.port) return { trusts: trusted, presents };
      return { trusts: proxy?.trusted ?? true, presents: proxy?.presents };
    },
    announce: (message) => announced.push(message),
  });
  return { ...outcome, announced };
}

/** @returns what a Secret holds */
export async function texts(objects: StoredObjects, name: string) {
  return textsOf(await objects.get<Secret>(SECRETS, name)) as Record<string, string>;
}

/** @returns the certificate of the administrator's kubeconfig, PEM */
export async function adminCertificate(objects: StoredObjects): Promise<string> {
  const { 'admin.kubeconfig': text } = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  return usersIn(text)['kcp-admin']?.certificate ?? '';
}
