/** The certificates of kcp's clients, which are kept in their kubeconfigs. */
import { HOSTED_CONTAINERS, HOSTED_CORE, HOSTED_KUBECONFIGS, programUser, SECRETS } from '@kubestellar/api';
import type { KeyPair } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { CAInUse } from './cas.ts';
import { kubeconfig, serverUrl, USERS, type User, usersIn } from './kubeconfig.ts';
import { ensureTrustedLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';

/** The containers that are clients of kcp, each with its own kubeconfig. */
export const CLIENT_CONTAINERS = HOSTED_CONTAINERS.filter((name) => name !== 'kcp' && name !== 'view');

/** Key of a container's kubeconfig in the controllers' Secret. */
export function kubeconfigKey(container: string): string {
  return `${container}.kubeconfig`;
}

/** What the kubeconfigs are made of. */
export interface ClientSpec {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly viewEndpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly ca: CAInUse;
  readonly serverTrust: string;
  readonly clientTrust: string;
  /** Whether kcp is known to trust what `ca` issues; until then, certificates of previous CAs are kept. */
  readonly isTrusted: boolean;
}

/** Ensures the Secrets with kubeconfigs. @returns all certificates in them */
export async function ensureClientCertificates(
  objects: Objects,
  desired: ClientSpec,
  now: number,
): Promise<Leaf[]> {
  const issued: Leaf[] = [];
  await ensureControllers(objects, desired, issued, now);
  await ensureUsers(objects, desired, issued, now);
  return issued;
}

/** Each container's client is a user of its own, so that kcp's audit log distinguishes them. */
async function ensureControllers(objects: Objects, desired: ClientSpec, issued: Leaf[], now: number) {
  const { serverTrust: trust } = desired;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.controllersSecret));
  const contents: Record<string, string> = {};
  for (const container of CLIENT_CONTAINERS) {
    const key = kubeconfigKey(container);
    const users = await ensurePair(texts[key], () => programUser(container), desired, issued, now);
    contents[key] = kubeconfig({ server: serverUrl('localhost', HOSTED_CORE.port), trust, users });
  }
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.controllersSecret, contents));
}

/** Ensures what `get-internal-kubeconfig` and `get-external-kubeconfig` return. */
async function ensureUsers(objects: Objects, desired: ClientSpec, issued: Leaf[], now: number) {
  const { settings, endpoint, viewEndpoint, serverTrust: trust } = desired;
  const { kubeconfigSecret, name, port, proxyPort } = HOSTED_CORE;
  const texts = textsOf(await objects.get<Secret>(SECRETS, kubeconfigSecret));
  const users = await ensurePair(texts[HOSTED_KUBECONFIGS.admin], (user) => user, desired, issued, now);
  const host = `${name}.${settings.namespace}.svc`;
  const forKcp = (at: Endpoint) => kubeconfig({ server: serverUrl(at.host, at.port), trust, users });
  // The workspace proxy does not pass on administrators of the server itself.
  const [proxied, { 'kcp-admin': admin }] = [{ host, port: proxyPort }, users];
  const forProxy = (at: Endpoint) =>
    kubeconfig({ server: serverUrl(at.host, at.port), trust, users: { 'kcp-admin': admin } });
  const contents = {
    [HOSTED_KUBECONFIGS.admin]: forKcp({ host, port }),
    [HOSTED_KUBECONFIGS.internal]: forKcp({ host, port }),
    ...(endpoint ? { [HOSTED_KUBECONFIGS.external]: forKcp(endpoint) } : {}),
    ...(settings.proxy ? { [HOSTED_KUBECONFIGS.proxy]: forProxy(proxied) } : {}),
    ...(viewEndpoint ? { [HOSTED_KUBECONFIGS.externalProxy]: forProxy(viewEndpoint) } : {}),
  };
  await objects.ensure(SECRETS, secretOf(kubeconfigSecret, contents));
}

/** The certificates of both users of a kubeconfig. */
async function ensurePair(
  text: string | undefined,
  commonName: (user: User) => string,
  desired: ClientSpec,
  issued: Leaf[],
  now: number,
): Promise<Record<User, KeyPair>> {
  const present = usersIn(text);
  const pair = async (user: User): Promise<KeyPair> => {
    const leaf = await ensureClient(present[user], commonName(user), USERS[user], desired, now);
    issued.push(leaf);
    return leaf;
  };
  return { 'kcp-admin': await pair('kcp-admin'), 'shard-admin': await pair('shard-admin') };
}

async function ensureClient(
  present: KeyPair | undefined,
  commonName: string,
  group: string,
  { ca, clientTrust, isTrusted, rotation, settings }: ClientSpec,
  now: number,
): Promise<Leaf> {
  return ensureTrustedLeaf(
    present,
    {
      subject: { commonName, organizations: [group] },
      issuer: ca.issuer,
      lifetime: settings.certificates.clientLifetime,
      notBefore: rotation.certificates,
    },
    isTrusted ? undefined : clientTrust,
    now,
  );
}
