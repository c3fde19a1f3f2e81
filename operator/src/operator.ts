import {
  FIELD_MANAGERS,
  HOSTED_CORE,
  INGRESS_ROUTE_TCPS,
  INGRESSES,
  KUBESTELLAR_CONDITIONS,
  KUBESTELLARS,
  type KubeObject,
  type KubeStellar,
  type KubeStellarStatus,
  type OwnerReference,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  type Resource,
  ROUTES,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  TLS_ROUTES,
} from '@kubestellar/api';
import {
  type Applier,
  Informer,
  type KubeClient,
  METADATA_ONLY,
  type RequeueAfter,
  WorkQueue,
} from '@kubestellar/kube';
import { type Logger, observeQueue, type ProgramContext } from '@kubestellar/program';
import { dequal } from 'dequal/lite';
import { KcpStarts } from './core/kcp-starts.ts';
import { CORE_SELECTOR } from './core/labels.ts';
import { probe } from './core/probe.ts';
import { Events } from './hosting/events.ts';
import { hostingApplier, OwnedObjects } from './hosting/owned.ts';
import { Served } from './hosting/served.ts';
import { reconcile } from './reconcile.ts';
import { ownerReferenceTo } from './settings.ts';

/** What the operator works with. */
export interface OperatorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly release: string;
  readonly logger: Logger;
  readonly registry: ProgramContext['registry'];
}

/** Secrets whose changes matter. Only their metadata is watched, so that no secret is kept in memory. */
const SECRET_NAMES = [
  HOSTED_CORE.kubeconfigSecret,
  HOSTED_CORE.serverCASecret,
  HOSTED_CORE.clientCASecret,
  HOSTED_CORE.kcpSecret,
  HOSTED_CORE.controllersSecret,
  HOSTED_CORE.proxyCASecret,
  HOSTED_CORE.proxySecret,
];

/** The namespace's only core. */
const KEY = HOSTED_CORE.name;

/**
 * Reconciles the core of one namespace. Watches only trigger the reconcile, which reads the present state from the
 * server, so that nothing needs to be remembered.
 */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #cores: Informer<KubeStellar>;
  readonly #watches = new Map<string, Informer>();
  readonly #applier: Applier = hostingApplier();
  readonly #events: Events;
  readonly #kcpStarts: KcpStarts;
  readonly #queue: WorkQueue;
  #owner: OwnerReference | undefined;

  constructor(options: OperatorOptions) {
    const { client, namespace, logger, registry } = options;
    this.#options = options;
    this.#events = new Events(client, logger);
    this.#kcpStarts = new KcpStarts(logger);
    this.#cores = new Informer<KubeStellar>({ client, resource: KUBESTELLARS, namespace, logger });
    this.#queue = new WorkQueue({
      name: 'kubestellars',
      concurrency: 1,
      reconcile: () => this.#reconcile(),
      logger,
      observe: observeQueue(registry, 'kubestellars', () => this.#queue.depth),
    });
  }

  /** Starts to watch and to reconcile. @returns when the KubeStellar, if there is one, is known */
  async start(): Promise<void> {
    const look = () => this.#queue.add(KEY);
    this.#cores.addHandler({ onAdd: look, onUpdate: look, onDelete: look });
    await this.#cores.start().whenSynced();
    this.#queue.start();
  }

  /** A reference to the KubeStellar; undefined while there is none. */
  get owner(): OwnerReference | undefined {
    return this.#owner;
  }

  /** Stops the watches and waits for the running reconcile. */
  async stop(): Promise<void> {
    await this.#queue.stop();
    await Promise.all([this.#cores, ...this.#watches.values()].map((informer) => informer.stop()));
  }

  async #reconcile(): Promise<RequeueAfter | undefined> {
    const { client, namespace, release, logger } = this.#options;
    const core = await client.get<KubeStellar>(KUBESTELLARS, { namespace, name: KEY });
    // When it is deleted, the garbage collector removes what it owns.
    this.#owner = core && !core.metadata.deletionTimestamp ? ownerReferenceTo(core) : undefined;
    if (!core || !this.#owner) return undefined;
    this.#watchObjectsOf(core);
    const isSettled = core.status?.observedGeneration === core.metadata.generation;
    const objects = new OwnedObjects(
      client,
      this.#applier,
      { namespace, owner: this.#owner },
      ({ resource, name, isNew }) => {
        logger.info({ kind: resource.kind, name, isNew }, 'written');
        const isRepair = isSettled && core.status?.version === release && resource !== SECRETS;
        if (isRepair && (isNew || resource.kind !== 'StatefulSet')) {
          const what = isNew ? 'was missing' : 'had been changed by someone else';
          void this.#events.record(
            core,
            'Normal',
            'Repaired',
            `${resource.kind} "${name}" ${what}; restored`,
          );
        }
      },
    );
    return reconcile(core, {
      client,
      objects,
      served: new Served(client),
      release,
      now: Date.now(),
      probe: (target) => probe(namespace, target),
      afterStartOfKcp: (start) => this.#kcpStarts.repair(start, objects),
      announce: (message) => void this.#events.record(core, 'Normal', 'CertificatesIssued', message),
      writeStatus: (status) => this.#writeStatus(core, status),
    });
  }

  async #writeStatus(core: KubeStellar, status: KubeStellarStatus): Promise<void> {
    if (dequal(status, core.status)) return;
    const { apiVersion, kind, metadata } = core;
    const patch = {
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: metadata.namespace },
      status,
    };
    await this.#options.client.apply(KUBESTELLARS, patch as KubeObject, {
      fieldManager: FIELD_MANAGERS.operator,
      subresource: 'status',
    });
    for (const { type, status: value, reason = '', message = '' } of status.conditions ?? []) {
      const before = core.status?.conditions?.find((condition) => condition.type === type);
      // The condition that keeps the core from being Ready has an Event of its own.
      const isReported = type === KUBESTELLAR_CONDITIONS.ready && value !== 'True';
      if (before?.reason === reason || value === 'Unknown' || isReported) continue;
      const what = `${type}: ${message || reason}`;
      await this.#events.record(core, value === 'True' ? 'Normal' : 'Warning', reason, what);
    }
  }

  /** Watches only what is needed: other kinds may not be served, or the chart may not permit to watch them. */
  #watchObjectsOf({ spec = {} }: KubeStellar): void {
    const { certificates, exposure, etcd } = spec;
    for (const name of [
      ...SECRET_NAMES,
      ...(certificates?.issuerSecretName ? [certificates.issuerSecretName] : []),
      ...(etcd?.tlsSecretName ? [etcd.tlsSecretName] : []),
    ]) {
      this.#watch(SECRETS, { name, accept: METADATA_ONLY });
    }
    this.#watch(SERVICES, { name: HOSTED_CORE.name });
    this.#watch(STATEFUL_SETS, { name: HOSTED_CORE.name });
    this.#watch(PODS, { labels: CORE_SELECTOR });
    if (!etcd) this.#watch(PERSISTENT_VOLUME_CLAIMS, { name: HOSTED_CORE.volumeClaim });
    switch (exposure?.type) {
      case 'LoadBalancer':
      case 'NodePort':
        this.#watch(SERVICES, { name: HOSTED_CORE.externalService });
        break;
      case 'Ingress':
        this.#watch(INGRESSES, { name: HOSTED_CORE.ingress });
        this.#watch(INGRESS_ROUTE_TCPS, { name: HOSTED_CORE.ingress });
        break;
      case 'Route':
        for (const name of [HOSTED_CORE.route, HOSTED_CORE.proxyRoute]) this.#watch(ROUTES, { name });
        break;
      case 'TLSRoute':
        for (const resource of TLS_ROUTES)
          for (const name of [HOSTED_CORE.tlsRoute, HOSTED_CORE.proxyTlsRoute])
            this.#watch(resource, { name });
        break;
    }
  }

  /** Starts to watch some objects, once. */
  #watch(
    resource: Resource,
    which: { name?: string; labels?: Readonly<Record<string, string>>; accept?: string },
  ): void {
    const { client, namespace, logger } = this.#options;
    const key = `${resource.group}/${resource.version}/${resource.plural}/${which.name ?? ''}`;
    if (this.#watches.has(key)) return;
    const labels = Object.entries(which.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    const informer = new Informer({
      client,
      resource,
      namespace,
      logger,
      accept: which.accept,
      fieldSelector: which.name ? `metadata.name=${which.name}` : undefined,
      labelSelector: labels.length > 0 ? labels.join(',') : undefined,
    });
    const look = () => this.#queue.add(KEY);
    informer.addHandler({ onAdd: look, onUpdate: look, onDelete: look });
    this.#watches.set(key, informer.start());
  }
}
