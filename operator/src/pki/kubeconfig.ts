/** The kubeconfigs of kcp's clients, in the format that kcp itself writes. */
import type { KeyPair } from '@kubestellar/pki';
import { parse, stringify } from 'yaml';

/** kcp's two kinds of administrators: of all workspaces (by RBAC), and of the server itself. */
export const USERS = {
  'kcp-admin': 'system:kcp:admin',
  'shard-admin': 'system:masters',
} as const;
export type User = keyof typeof USERS;

/** A kubeconfig's contents. */
export interface KubeconfigContents {
  /** https://host:port */
  readonly server: string;
  /** PEM. */
  readonly trust: string;
  /** Contexts of users that are left out are left out, too. */
  readonly users: Readonly<Partial<Record<User, KeyPair>>>;
}

/** The clusters of a kubeconfig by name: the paths of their servers. */
const CLUSTERS = { root: '/clusters/root', base: '', 'system:admin': '/clusters/system:admin' } as const;
/** The contexts with their cluster and user. */
const CONTEXTS: readonly [name: string, cluster: keyof typeof CLUSTERS, user: User][] = [
  ['root', 'root', 'kcp-admin'],
  ['base', 'base', 'kcp-admin'],
  ['system:admin', 'system:admin', 'shard-admin'],
  ['shard-base', 'base', 'shard-admin'],
];

/** A kubeconfig with the contexts `root` (current), `base`, `system:admin` and `shard-base`, as far as it has their users. */
export function kubeconfig({ server, trust, users }: KubeconfigContents): string {
  const contexts = CONTEXTS.filter(([, , user]) => users[user]);
  const clusters = Object.entries(CLUSTERS).filter(([name]) =>
    contexts.some(([, cluster]) => cluster === name),
  );
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters.map(([name, path]) => ({
      name,
      cluster: { server: `${server}${path}`, 'certificate-authority-data': encode(trust) },
    })),
    users: Object.entries(users).map(([name, { certificate, key }]) => ({
      name,
      user: { 'client-certificate-data': encode(certificate), 'client-key-data': encode(key) },
    })),
    contexts: contexts.map(([name, cluster, user]) => ({ name, context: { cluster, user } })),
    'current-context': 'root',
  });
}

/** The certificates and keys in a kubeconfig that we wrote; unreadable ones are left out. */
export function usersIn(text: string | undefined): Partial<Record<User, KeyPair>> {
  try {
    const { users } = parse(text ?? '') as { users: { name: User; user: Record<string, string> }[] };
    return Object.fromEntries(
      users.map(({ name, user }) => [
        name,
        {
          certificate: decode(user['client-certificate-data'] ?? ''),
          key: decode(user['client-key-data'] ?? ''),
        },
      ]),
    );
  } catch {
    return {};
  }
}

/** `host:port` of a URL, with an IPv6 address in brackets. */
export function serverUrl(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const encode = (text: string) => Buffer.from(text).toString('base64');
const decode = (text: string) => Buffer.from(text, 'base64').toString();
