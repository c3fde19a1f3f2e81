/** Traefik as people have it in a cluster: a pod that takes connections at a port of the node, and passes TLS on. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goModuleDir, provideTools, toolVersion } from '@kubestellar/toolchain';
import { writeArchive, writeLayer } from '@kubestellar/toolchain/oci';
import { type GoModule, goModuleFolder } from '../go-module.ts';
import type { KindCluster } from '../kind.ts';
import { type Address, NameProxy } from '../name-proxy.ts';

const NAMESPACE = 'traefik';
const NODE_PORT = 30646;
const PORT = 8443;
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const options = { log: (line: string) => console.log(`    ${line}`) };

/** The version whose kinds this Traefik is built for. */
const GATEWAY_API: GoModule = {
  module: 'sigs.k8s.io/gateway-api',
  version: 'v1.4.0',
  sum: 'h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=',
};
const OPENSHIFT_API: GoModule = {
  module: 'github.com/openshift/api',
  version: 'v0.0.0-20230607130528-611114dca681',
  sum: 'h1:kSvo4fjZyYRu7z7PVkZlqcYhoS4mZHVFYVUkG3WkvIE=',
};

/** Names of what is made for people who choose the way by which a core is exposed. */
export const CLASSES = { nginx: 'of-nginx', traefik: 'of-traefik' } as const;
export const GATEWAY = { name: 'tls', namespace: NAMESPACE } as const;

/** Traefik, and the kinds by which it, the Gateway API and OpenShift are told what to pass on. */
export class Traefik {
  readonly #hosting: KindCluster;
  #proxy: NameProxy | undefined;
  #address: Address | undefined;
  /** Files of what is there while it runs, what was made first last. */
  readonly #files: string[] = [];

  /** Starts nothing yet. */
  constructor(hosting: KindCluster) {
    this.#hosting = hosting;
  }

  /** Where it takes connections. */
  get address(): Address {
    if (!this.#address) throw new Error('Traefik has not been started');
    return this.#address;
  }

  /** By which all names lead to it. */
  get names(): NameProxy {
    if (!this.#proxy) throw new Error('Traefik has not been started');
    return this.#proxy;
  }

  /** Starts it, with its kinds, those of the Gateway API and OpenShift's Route. */
  async start(): Promise<void> {
    const [image, kinds] = await Promise.all([this.#loadImage(), kindsOfExposure()]);
    await this.#create(...kinds);
    await this.#hosting.must('kubectl wait --for=condition=Established crds --all --timeout=60s');
    const file = join(await this.#hosting.scratch(NAMESPACE), 'traefik.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(image) }));
    await this.#create(file);
    await this.#hosting.must(
      `kubectl rollout status deployment/traefik -n ${NAMESPACE} --timeout=120s
      kubectl wait --for=condition=Programmed gateway/${GATEWAY.name} -n ${GATEWAY.namespace} --timeout=60s`,
    );
    this.#address = { host: await this.#hosting.address(), port: NODE_PORT };
    this.#proxy = await NameProxy.start(this.#address);
  }

  /** Removes all that was made for it. */
  async stop(): Promise<void> {
    this.#proxy?.stop();
    await this.#hosting.must(`kubectl delete ${named(this.#files)} --ignore-not-found --timeout=120s`);
  }

  async #create(...files: string[]): Promise<void> {
    this.#files.unshift(...files);
    await this.#hosting.must(`kubectl create ${named(files)}`);
  }

  /** @returns the name of the image */
  async #loadImage(): Promise<string> {
    const { traefik } = await provideTools(['traefik'], options, `linux-${process.arch}`);
    const folder = await this.#hosting.scratch('traefik-image');
    const name = `traefik.test/traefik:${toolVersion('traefik')}`;
    const layer = await writeLayer(join(folder, 'layer.tar'), [
      { path: '/traefik', type: 'file', from: traefik, mode: 0o755 },
      { path: '/tmp', type: 'directory', mode: 0o1777 },
    ]);
    const archive = join(folder, 'traefik.tar');
    const config = { Entrypoint: ['/traefik'], User: '65532:65532' };
    await writeArchive(archive, [{ name, architecture, layers: [layer], config }]);
    await this.#hosting.loadArchives(archive);
    await rm(folder, { recursive: true });
    return name;
  }
}

function named(files: readonly string[]): string {
  return files.map((file) => `-f ${file}`).join(' ');
}

/** Files with the definitions of kinds, as those publish them who have made them. */
async function kindsOfExposure(): Promise<string[]> {
  const traefik = await goModuleDir('traefik', 'github.com/traefik/traefik/v3', options);
  const gateway = join(await goModuleFolder(GATEWAY_API), 'config', 'crd', 'experimental');
  const openShift = await goModuleFolder(OPENSHIFT_API);
  const names = (await readdir(gateway)).filter((name) => name.startsWith('gateway.networking.k8s.io_'));
  return [
    join(traefik, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'),
    join(openShift, 'route/v1/route.crd.yaml'),
    ...names.map((name) => join(gateway, name)),
  ];
}

function manifests(image: string): object[] {
  const labels = { app: 'traefik' };
  const metadata = { name: 'traefik', namespace: NAMESPACE };
  const args = [
    `--entrypoints.tls.address=:${PORT}`,
    '--providers.kubernetesingressnginx',
    '--providers.kubernetescrd',
    '--providers.kubernetesgateway.experimentalchannel',
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
  ];
  const containers = [
    {
      name: 'traefik',
      image,
      imagePullPolicy: 'Never',
      args,
      ports: [{ name: 'tls', containerPort: PORT }],
      readinessProbe: { tcpSocket: { port: 'tls' }, periodSeconds: 1 },
    },
  ];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'traefik' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    ingressClass(CLASSES.nginx, 'k8s.io/ingress-nginx'),
    ingressClass(CLASSES.traefik, 'traefik.io/ingress-controller'),
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'traefik' },
      spec: { controllerName: 'traefik.io/gateway-controller' },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: GATEWAY,
      spec: {
        gatewayClassName: 'traefik',
        listeners: [
          {
            name: 'tls',
            protocol: 'TLS',
            port: PORT,
            tls: { mode: 'Passthrough' },
            allowedRoutes: { namespaces: { from: 'All' } },
          },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: 'traefik', containers } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [{ name: 'tls', port: 443, targetPort: 'tls', nodePort: NODE_PORT }],
      },
    },
  ];
}

function ingressClass(name: string, controller: string): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name },
    spec: { controller },
  };
}
