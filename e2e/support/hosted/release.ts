import { join } from 'node:path';
import { KubeClient } from '@kubestellar/kube';
import { eventually } from '../eventually.ts';
import type { KindCluster } from '../kind.ts';

/** What a release is to be like. */
export interface ReleaseWish {
  readonly namespace: string;
  /** Where it is exposed at the node. */
  readonly nodePort: number;
  /** Chart values, as of `--set`. */
  readonly values?: readonly string[];
}

/** A core that `deploy` brings up in a namespace of a kind cluster, exposed at a port of its node. */
export class Release {
  readonly hosting: KindCluster;
  readonly namespace: string;
  readonly nodePort: number;
  /** A kubeconfig of a client outside of the cluster; `fetchKubeconfig` writes it. */
  readonly kubeconfig: string;
  /** The same, by way of the view; `fetchViewKubeconfig` writes it. */
  readonly viewKubeconfig: string;
  /** Where the view is exposed at the node. */
  readonly viewNodePort: number;
  /** The command line that deploys, exposed at the node. */
  readonly install: string;
  readonly #values: readonly string[];

  private constructor(hosting: KindCluster, { namespace, nodePort, values = [] }: ReleaseWish, paths: Paths) {
    this.hosting = hosting;
    this.namespace = namespace;
    this.nodePort = nodePort;
    this.viewNodePort = nodePort + 100;
    this.kubeconfig = join(paths.folder, 'kubeconfig');
    this.viewKubeconfig = join(paths.folder, 'view.kubeconfig');
    this.#values = values;
    this.install = this.deployLine(
      `--external-endpoint ${paths.address}:${nodePort}`,
      'core.exposure.type=NodePort',
      `core.exposure.nodePort=${nodePort}`,
      `core.exposure.viewNodePort=${this.viewNodePort}`,
    );
  }

  /** The command line that deploys with other flags. @param values of `--set`, beside those of the release */
  deployLine(flags: string, ...values: string[]): string {
    return `kubectl kubestellar deploy ${flags} -n ${this.namespace} --set '${[...values, ...this.#values].join(',')}'`;
  }

  /** Makes the namespace, in which only pods of the `restricted` standard may run; deploys nothing yet. */
  static async prepare(hosting: KindCluster, wish: ReleaseWish): Promise<Release> {
    const { namespace } = wish;
    const address = await hosting.address();
    await hosting.must(`kubectl create namespace ${namespace}
      kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted
      kubectl wait --for=create serviceaccount/default configmap/kube-root-ca.crt -n ${namespace} --timeout=60s`);
    return new Release(hosting, wish, { address, folder: await hosting.scratch(namespace) });
  }

  /** Waits for the condition `Ready`. @throws with all that the namespace tells when it does not come */
  async untilReady(): Promise<void> {
    const on = `-n ${this.namespace}`;
    const { code, stdout, stderr } = await this.hosting.sh(
      `kubectl wait kubestellar/kubestellar ${on} --for=condition=Ready --timeout=300s`,
    );
    if (code === 0) return;
    const told = await this.hosting.sh(`kubectl describe kubestellar,pods ${on}
      kubectl get kubestellar,pods,events ${on} -o wide`);
    throw new Error(`${stdout}${stderr}${told.stdout}`);
  }

  /** Waits until a pod other than `former` is ready, and the core with it. */
  async untilReplaced(former: string): Promise<void> {
    await eventually(
      `another pod than ${former}`,
      () => this.podUid(),
      (uid) => uid !== '' && uid !== former,
      120,
    );
    const on = `-n ${this.namespace}`;
    await this.hosting.must(`kubectl wait pod/kubestellar-0 ${on} --for=condition=Ready --timeout=300s`);
    await this.untilReady();
  }

  /** The uid of the core's pod; empty when there is none. */
  async podUid(): Promise<string> {
    const on = `-n ${this.namespace}`;
    return this.hosting.must(
      `kubectl get pod kubestellar-0 ${on} --ignore-not-found -o jsonpath='{.metadata.uid}'`,
    );
  }

  /** How often containers of the core's pod have been restarted, with the uid of the pod. */
  async restarts(): Promise<string> {
    const count = (list: string) => `{.status.${list}[*].restartCount}`;
    const path = `{.metadata.uid} ${count('initContainerStatuses')} ${count('containerStatuses')}`;
    return this.hosting.must(`kubectl get pod kubestellar-0 -n ${this.namespace} -o jsonpath='${path}'`);
  }

  /** Fetches the kubeconfig by the command for clients outside. */
  async fetchKubeconfig(): Promise<void> {
    await this.hosting.must(
      `kubectl kubestellar get-external-kubeconfig -n ${this.namespace} -o ${this.kubeconfig}`,
    );
  }

  /** The same for the way through the view. */
  async fetchViewKubeconfig(): Promise<void> {
    await this.hosting.must(
      `kubectl kubestellar get-external-kubeconfig --view -n ${this.namespace} -o ${this.viewKubeconfig}`,
    );
  }

  /** Runs a line of shell, which must succeed, in which kubectl talks to the core. @returns its stdout */
  inCore(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.hosting.must(script, { ...env, KUBECONFIG: this.kubeconfig });
  }

  /** The same through the view. */
  inView(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.hosting.must(script, { ...env, KUBECONFIG: this.viewKubeconfig });
  }

  /** A client of the core, of all its workspaces. @param contents of a kubeconfig; default the one that was fetched */
  client(contents?: string): Promise<KubeClient> {
    const source = contents === undefined ? { kubeconfig: this.kubeconfig } : { contents };
    return KubeClient.fromKubeconfig({ ...source, context: 'base' });
  }
}

interface Paths {
  readonly address: string;
  readonly folder: string;
}
