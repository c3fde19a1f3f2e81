/** An etcd beside the core: one pod of the image that every Kubernetes node has, which asks for client certificates. */
import { CA } from '@kubestellar/pki';
import type { KindCluster } from '../kind.ts';
import { writeSecret } from './issuer.ts';

const NAMESPACE = 'etcd';
const HOST = `etcd.${NAMESPACE}.svc`;
const TLS_SECRET = 'our-etcd';
const METRICS_PORT = 2381;

/** An etcd in a namespace of its own. */
export class Etcd {
  /** Values of a chart whose core keeps its data there. */
  readonly values: readonly string[];
  readonly #hosting: KindCluster;
  readonly #texts: Readonly<Record<string, string>>;

  private constructor(hosting: KindCluster, texts: Readonly<Record<string, string>>) {
    this.#hosting = hosting;
    this.#texts = texts;
    this.values = [
      `core.etcd.servers[0]=https://${HOST}:2379`,
      `core.etcd.prefix=/the-core`,
      `core.etcd.tlsSecretName=${TLS_SECRET}`,
    ];
  }

  /** Starts it. */
  static async start(hosting: KindCluster): Promise<Etcd> {
    const authority = await CA.create('etcd of the test');
    // One pair serves for both ends: server and client.
    const { certificate, key } = await authority.issue({
      commonName: 'etcd',
      dnsNames: [HOST, 'localhost'],
      ipAddresses: ['127.0.0.1'],
    });
    const texts = { 'ca.crt': authority.certificate, 'tls.crt': certificate, 'tls.key': key };
    const image = await hosting.must(
      `kubectl get pod -n kube-system -l component=etcd -o jsonpath='{.items[0].spec.containers[0].image}'`,
    );
    await hosting.must(`kubectl create namespace ${NAMESPACE}`);
    const etcd = new Etcd(hosting, texts);
    await etcd.admit(NAMESPACE);
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod(image), service()] });
    await hosting.must(`kubectl apply -n ${NAMESPACE} -f - <<'END'
${manifest}
END
      kubectl wait pod/etcd -n ${NAMESPACE} --for=condition=Ready --timeout=120s`);
    return etcd;
  }

  /** Writes what its clients need into a namespace. */
  async admit(namespace: string): Promise<void> {
    await writeSecret(this.#hosting, namespace, TLS_SECRET, this.#texts);
  }

  /** How many keys there are. */
  async keys(): Promise<number> {
    const metrics = await this.#hosting.must(
      `kubectl get --raw /api/v1/namespaces/${NAMESPACE}/pods/http:etcd:${METRICS_PORT}/proxy/metrics`,
    );
    return Number(/^etcd_debugging_mvcc_keys_total (\S+)$/m.exec(metrics)?.[1]);
  }
}

function pod(image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd', labels: { app: 'etcd' } },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        fsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'etcd',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: [
            'etcd',
            '--data-dir=/data/etcd',
            '--listen-client-urls=https://0.0.0.0:2379',
            `--advertise-client-urls=https://${HOST}:2379`,
            `--listen-metrics-urls=http://0.0.0.0:${METRICS_PORT}`,
            '--watch-progress-notify-interval=5s',
            '--client-cert-auth',
            '--trusted-ca-file=/tls/ca.crt',
            '--cert-file=/tls/tls.crt',
            '--key-file=/tls/tls.key',
          ],
          readinessProbe: { tcpSocket: { port: 2379 }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'tls', mountPath: '/tls' },
          ],
        },
      ],
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'tls', secret: { secretName: TLS_SECRET, defaultMode: 0o440 } },
      ],
    },
  };
}

function service(): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'etcd' },
    spec: { selector: { app: 'etcd' }, ports: [{ port: 2379 }] },
  };
}
