import {
  type AdmissionPolicy,
  FIELD_MANAGERS,
  type KubeObject,
  MAILBOX_POLICY,
  type Resource,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '@kubestellar/api';
import { Applier, clusterOf, formatKey, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';

/** Keeps the policy of mailbox workspaces, and the binding that puts it into force, as they are to be in each of them. */
export class PolicyWriter {
  readonly #applier = new Applier(FIELD_MANAGERS.mailboxController);
  readonly #logger: Logger;
  readonly #policies: Informer;
  readonly #bindings: Informer;

  /**
   * @param everywhere a client that may read in all workspaces
   * @param onChange called with a workspace's cluster when either has changed there
   */
  constructor(everywhere: KubeClient, logger: Logger, onChange: (cluster: string) => void) {
    this.#logger = logger;
    const changed = (object: KubeObject) => onChange(clusterOf(object));
    const follow = (resource: Resource) =>
      new Informer({
        client: everywhere.workspace('*'),
        resource,
        // kcp (tried on v0.31) answers a field selector for the name of a cluster-scoped object with nothing at `*`.
        transform: (object) => (object.metadata.name === MAILBOX_POLICY ? object : undefined),
        logger,
      }).addHandler({ onUpdate: changed, onDelete: changed });
    this.#policies = follow(VALIDATING_ADMISSION_POLICIES);
    this.#bindings = follow(VALIDATING_ADMISSION_POLICY_BINDINGS);
  }

  /** What must be listed before anything is written. */
  get informers(): readonly Informer[] {
    return [this.#policies, this.#bindings];
  }

  /** @param client at the workspace whose logical cluster has this ID */
  async ensure(client: KubeClient, cluster: string, { policy, binding }: AdmissionPolicy): Promise<void> {
    const key = formatKey({ cluster, namespace: '', name: MAILBOX_POLICY });
    for (const [resource, object, informer] of [
      [VALIDATING_ADMISSION_POLICIES, policy, this.#policies],
      [VALIDATING_ADMISSION_POLICY_BINDINGS, binding, this.#bindings],
    ] as const) {
      const { written } = await this.#applier.ensure(client, resource, object, informer.get(key));
      if (written)
        this.#logger.info({ cluster, kind: resource.kind }, 'policy of a mailbox workspace written');
    }
  }
}
