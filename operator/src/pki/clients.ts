/** The certificates of kcp's clients, which live in their kubeconfigs. */
import { HOSTED_CONTAINERS, HOSTED_CORE, HOSTED_KUBECONFIGS, programUser, SECRETS } from '@kubestellar/api';
import type { KeyPair } from '@kubestellar/pki';
import type { Objects } from '../hosting/owned.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import type { Endpoint, Settings } from '../settings.ts';
import type { AuthorityInUse } from './authorities.ts';
import { kubeconfig, serverUrl, USERS, type User, usersIn } from './kubeconfig.ts';
import { ensureTrustedLeaf, type Leaf } from './leaf.ts';
import type { Rotation } from './rotation.ts';

/** The containers that are clients of kcp with a kubeconfig of their own. */
export const CLIENT_CONTAINERS = HOSTED_CONTAINERS.filter((name) => name !== 'kcp' && name !== 'view');

/** Key of a container's kubeconfig in the controllers' Secret. */
export function kubeconfigKey(container: string): string {
  return `${container}.kubeconfig`;
}

/** What goes into the kubeconfigs. */
export interface ClientWish {
  readonly settings: Settings;
  readonly endpoint: Endpoint | undefined;
  readonly viewEndpoint: Endpoint | undefined;
  readonly rotation: Rotation;
  readonly authority: AuthorityInUse;
  readonly serverTrust: string;
  readonly clientTrust: string;
  /** Whether kcp is known to trust what `authority` issues; until then, certificates of former ones are kept. */
  readonly isTrusted: boolean;
}

/** Makes the Secrets with kubeconfigs right. @returns all certificates in them */
export async function ensureClientCertificates(
  objects: Objects,
  wish: ClientWish,
  now: number,
): Promise<Leaf[]> {
  const issued: Leaf[] = [];
  await ensureControllers(objects, wish, issued, now);
  await ensureUsers(objects, wish, issued, now);
  return issued;
}

/** Each container's client is a user of its own, so that kcp's audit log tells them apart. */
async function ensureControllers(objects: Objects, wish: ClientWish, issued: Leaf[], now: number) {
  const { serverTrust: trust } = wish;
  const texts = textsOf(await objects.get<Secret>(SECRETS, HOSTED_CORE.controllersSecret));
  const contents: Record<string, string> = {};
  for (const container of CLIENT_CONTAINERS) {
    const key = kubeconfigKey(container);
    const users = await ensurePair(texts[key], () => programUser(container), wish, issued, now);
    contents[key] = kubeconfig({ server: serverUrl('localhost', HOSTED_CORE.port), trust, users });
  }
  await objects.ensure(SECRETS, secretOf(HOSTED_CORE.controllersSecret, contents));
}

/** What `get-internal-kubeconfig` and `get-external-kubeconfig` hand out. */
async function ensureUsers(objects: Objects, wish: ClientWish, issued: Leaf[], now: number) {
  const { settings, endpoint, viewEndpoint, serverTrust: trust } = wish;
  const { kubeconfigSecret, name, port, viewPort } = HOSTED_CORE;
  const texts = textsOf(await objects.get<Secret>(SECRETS, kubeconfigSecret));
  const users = await ensurePair(texts[HOSTED_KUBECONFIGS.admin], (user) => user, wish, issued, now);
  const host = `${name}.${settings.namespace}.svc`;
  const toKcp = (at: Endpoint) => kubeconfig({ server: serverUrl(at.host, at.port), trust, users });
  // The view passes on no administrator of the server itself.
  const [viewed, { 'kcp-admin': admin }] = [{ host, port: viewPort }, users];
  const toView = (at: Endpoint) =>
    kubeconfig({ server: serverUrl(at.host, at.port), trust, users: { 'kcp-admin': admin } });
  const contents = {
    [HOSTED_KUBECONFIGS.admin]: toKcp({ host, port }),
    [HOSTED_KUBECONFIGS.internal]: toKcp({ host, port }),
    ...(endpoint ? { [HOSTED_KUBECONFIGS.external]: toKcp(endpoint) } : {}),
    ...(settings.view ? { [HOSTED_KUBECONFIGS.view]: toView(viewed) } : {}),
    ...(viewEndpoint ? { [HOSTED_KUBECONFIGS.externalView]: toView(viewEndpoint) } : {}),
  };
  await objects.ensure(SECRETS, secretOf(kubeconfigSecret, contents));
}

/** The certificates of both users of a kubeconfig. */
async function ensurePair(
  text: string | undefined,
  commonName: (user: User) => string,
  wish: ClientWish,
  issued: Leaf[],
  now: number,
): Promise<Record<User, KeyPair>> {
  const present = usersIn(text);
  const pair = async (user: User): Promise<KeyPair> => {
    const leaf = await ensureClient(present[user], commonName(user), USERS[user], wish, now);
    issued.push(leaf);
    return leaf;
  };
  return { 'kcp-admin': await pair('kcp-admin'), 'shard-admin': await pair('shard-admin') };
}

async function ensureClient(
  present: KeyPair | undefined,
  commonName: string,
  group: string,
  { authority, clientTrust, isTrusted, rotation, settings }: ClientWish,
  now: number,
): Promise<Leaf> {
  return ensureTrustedLeaf(
    present,
    {
      subject: { commonName, organizations: [group] },
      issuer: authority.authority,
      lifetime: settings.certificates.clientLifetime,
      notBefore: rotation.certificates,
    },
    isTrusted ? undefined : clientTrust,
    now,
  );
}
