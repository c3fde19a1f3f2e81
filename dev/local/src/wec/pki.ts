import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CA } from '@kubestellar/pki';

/**
 * The certificates of a WEC by file name, with whom each is for. The names of users and groups are those that
 * Kubernetes' own bootstrap RBAC policy knows.
 */
const CERTIFICATES = {
  apiserver: {
    commonName: 'kube-apiserver',
    dnsNames: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
    // 10.0.0.1 is the Service "kubernetes" in kube-apiserver's default service range.
    ipAddresses: ['127.0.0.1', '::1', '10.0.0.1'],
  },
  admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  // kwok plays kubelet on every node and writes any pod's status; Kubernetes has no role that narrow.
  kwok: { commonName: 'kwok', organizations: ['system:masters'] },
} as const;

/** etcd trusts an authority of its own, so that no user of the cluster's API can reach its storage. */
const ETCD_CERTIFICATES = {
  etcd: { commonName: 'etcd', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
  'etcd-client': { commonName: 'kube-apiserver-etcd-client' },
} as const;

/** Someone who has a client certificate of a WEC. */
export type WecIdentity = Exclude<keyof typeof CERTIFICATES, 'apiserver'>;

/** The keys and certificates of one WEC, in files of one folder. */
export class WecPki {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder's keys and certificates, or takes those that are there: all or none. */
  static async ensure(folder: string, clusterName: string): Promise<WecPki> {
    if (!existsSync(folder)) {
      const fresh = `${folder}.new-${process.pid}`;
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true, mode: 0o700 });
      await generate(fresh, clusterName);
      renameSync(fresh, folder);
    }
    return new WecPki(folder);
  }

  /** Path of a file, such as `ca.crt` or `apiserver.key`. */
  path(file: string): string {
    return join(this.#folder, file);
  }

  /** The cluster's certificate authority, PEM. */
  get certificateAuthority(): string {
    return readFileSync(this.path('ca.crt'), 'utf8');
  }

  /** The client certificate of `identity`, PEM. */
  credentials(identity: WecIdentity): { certificate: string; key: string } {
    return {
      certificate: readFileSync(this.path(`${identity}.crt`), 'utf8'),
      key: readFileSync(this.path(`${identity}.key`), 'utf8'),
    };
  }
}

async function generate(folder: string, clusterName: string): Promise<void> {
  const write = (file: string, content: string) =>
    writeFileSync(join(folder, file), content, { mode: 0o600 });
  for (const [authorityName, certificates] of [
    ['ca', CERTIFICATES],
    ['etcd-ca', ETCD_CERTIFICATES],
  ] as const) {
    const authority = await CA.create(`${clusterName} ${authorityName}`);
    write(`${authorityName}.crt`, authority.certificate);
    for (const [name, subject] of Object.entries(certificates)) {
      const { certificate, key } = await authority.issue(subject);
      write(`${name}.crt`, certificate);
      write(`${name}.key`, key);
    }
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  write('service-account.pub', publicKey);
  write('service-account.key', privateKey);
}
