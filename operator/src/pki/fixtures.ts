/** Certificates as the operator makes them, for tests. */
import { HOSTED_CORE, SECRETS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { coreOf, type StoredObjects } from '../fixtures.ts';
import { type Secret, textsOf } from '../hosting/secret.ts';
import { settingsOf } from '../settings.ts';
import { usersIn } from './kubeconfig.ts';
import { reconcileCertificates } from './reconcile-certificates.ts';
import { rotationOf } from './rotation.ts';

/** Where clients outside reach the core. */
export const endpoints = {
  kcp: { host: 'ks.example.com', port: 443 },
  view: { host: 'view.example.com', port: 443 },
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
    /** What is true of the view and not of kcp. */
    view?: { trusted?: boolean; presents?: string };
    /** Whether kcp trusts the new authority of the view. */
    trustsProxy?: boolean;
    withoutView?: boolean;
  } = {},
) {
  const {
    now = Date.now(),
    annotations,
    trusted = true,
    presents,
    issuer,
    view,
    trustsProxy = true,
  } = options;
  const spec = {
    ...(issuer ? { certificates: { issuerSecretName: 'mine' } } : {}),
    ...(options.withoutView ? { view: { enabled: false } } : {}),
  };
  const core = coreOf(spec, annotations);
  const announced: string[] = [];
  const { kcp } = endpoints;
  const at = {
    kcp: { ...kcp, host: options.host ?? kcp.host },
    view: options.withoutView ? undefined : endpoints.view,
  };
  const outcome = await reconcileCertificates(settingsOf(core, '1.0.0'), at, rotationOf(core, now), {
    objects,
    client: { get: async () => issuer } as unknown as KubeClient,
    now,
    ask: async ({ port, asProxy }) => {
      if (asProxy) return { trusts: trustsProxy, presents };
      if (port === HOSTED_CORE.port) return { trusts: trusted, presents };
      return { trusts: view?.trusted ?? true, presents: view?.presents };
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
