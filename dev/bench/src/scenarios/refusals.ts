import {
  COMBINED_STATUSES,
  CONFIG_MAPS,
  type CombinedStatus,
  combinedStatusName,
  type KubeObject,
  type Resource,
} from '@kubestellar/api';
import { Informer, type KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { atMost, type Result } from '../result.ts';
import { type Bench, configMap, unplace } from '../setup.ts';
import { median, quantile, round } from '../statistics.ts';
import { deliverAndSettle } from './settle.ts';

/** Seconds within which the message of a refusal is to be in the WMW, in 95 of 100 cases (docs/performance.md). */
const AIM = 5;
/** Seconds that one may take. */
const LIMIT = 60;
const MANAGER = { fieldManager: 'bench' };
const REFUSED = 'bench-refused';
const POLICIES: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};
const BINDINGS: Resource = {
  ...POLICIES,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};

/**
 * From a change in the WMW that one cluster refuses to the cluster's message in the object's CombinedStatus, and
 * from the change that mends it until the message is gone; among `objects` settled ones.
 */
export async function refusals(bench: Bench, objects: number, rounds: number): Promise<Result> {
  const { wmw, wecs, log } = bench;
  const [{ client: wec } = {}] = wecs;
  if (!wec) throw new Error('there is no cluster');
  const namespace = `refusals-${Date.now()}`;
  for (const arrival of await deliverAndSettle(bench, namespace, objects)) await arrival.stop();
  await refuse(wec);
  const statuses = new Statuses(wmw, namespace);
  await statuses.start();
  const told: number[] = [];
  const gone: number[] = [];
  try {
    for (let i = 0; i < rounds; i++) {
      const { name } = configMap(namespace, (i * 37) % objects).metadata;
      const change = async (label: string | null, failing: number) => {
        const begin = performance.now();
        const seen = statuses.until(name, (status) => status.clusters.failing === failing);
        const patch = { metadata: { labels: { [REFUSED]: label } } };
        await wmw.mergePatch(CONFIG_MAPS, { namespace, name }, patch, MANAGER);
        await seen;
        return (performance.now() - begin) / 1000;
      };
      told.push(await change('yes', 1));
      gone.push(await change(null, 0));
    }
  } finally {
    await statuses.stop();
    await allow(wec);
  }
  await unplace(bench, namespace);
  const p95 = round(quantile(told, 0.95));
  log(`a refusal is told after ${round(median(told))} s, in 95 of 100 cases after ${p95} s at the most`);
  const figures = (values: readonly number[]) => ({
    median: round(median(values)),
    p95: round(quantile(values, 0.95)),
    max: round(Math.max(...values)),
  });
  return {
    scenario: 'refusals',
    objects,
    wecs: wecs.length,
    rounds,
    secondsUntilTold: figures(told),
    secondsUntilGone: figures(gone),
    aims: [atMost('seconds until a refusal is told, p95', p95, AIM)],
    invalid: [],
  };
}

/** Sees, by a watch, the CombinedStatuses of ConfigMaps. */
class Statuses {
  readonly #informer: Informer<CombinedStatus>;
  #look: () => void = () => {};

  constructor(client: KubeClient, namespace: string) {
    const logger = createLogger('bench', 0);
    this.#informer = new Informer<CombinedStatus>({ client, resource: COMBINED_STATUSES, namespace, logger });
    const changed = () => this.#look();
    this.#informer.addHandler({ onAdd: changed, onUpdate: changed });
  }

  async start(): Promise<void> {
    await this.#informer.start().whenSynced();
  }

  stop(): Promise<void> {
    return this.#informer.stop();
  }

  async until(name: string, accept: (status: CombinedStatus) => boolean): Promise<void> {
    const wanted = combinedStatusName('configmaps', name);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${wanted} was not as expected within ${LIMIT} s`)),
        LIMIT * 1000,
      );
      this.#look = () => {
        const found = [...this.#informer.list()].find(({ metadata }) => metadata.name === wanted);
        if (!found || !accept(found)) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Makes the cluster refuse ConfigMaps with the label. @returns once it does */
async function refuse(wec: KubeClient): Promise<void> {
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
  ];
  const expression = `!has(object.metadata.labels) || !("${REFUSED}" in object.metadata.labels)`;
  const validations = [{ expression, message: 'the bench refuses it' }];
  const spec = { failurePolicy: 'Fail', matchConstraints: { resourceRules }, validations };
  await wec.apply(POLICIES, { ...admission(POLICIES), spec }, MANAGER);
  const binding = { policyName: REFUSED, validationActions: ['Deny'] };
  await wec.apply(BINDINGS, { ...admission(BINDINGS), spec: binding }, MANAGER);
  const probe = configMap('default', 0);
  probe.metadata.labels = { [REFUSED]: 'yes' };
  const deadline = Date.now() + LIMIT * 1000;
  while (await isAccepted(wec, probe)) {
    if (Date.now() > deadline) throw new Error(`the policy does not act after ${LIMIT} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function allow(wec: KubeClient): Promise<void> {
  await wec.delete(BINDINGS, { name: REFUSED });
  await wec.delete(POLICIES, { name: REFUSED });
}

function isAccepted(wec: KubeClient, object: KubeObject): Promise<boolean> {
  return wec.create(CONFIG_MAPS, object, { ...MANAGER, dryRun: true }).then(
    () => true,
    () => false,
  );
}

function admission({ group, version, kind }: Resource): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name: REFUSED } };
}
