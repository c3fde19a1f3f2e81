import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import { BrakeRule } from './brake.ts';
import { CLUSTERS, type Cluster, type Expected, FOREIGN, Model, type Ref, refOf } from './model.ts';
import type { Operation, ProgramName, Target } from './operations.ts';
import type { Found, Real } from './real.ts';

/** How a sequence is played. */
export interface Manner {
  crash(program: ProgramName): Promise<void>;
  /** Seconds within which all servers must agree with the model once nobody does anything. */
  seconds: number;
  /** How many of the last operations come one by one, each when all agree: what one leads to, no other one hides. */
  single: number;
  /** Runs what must not be disturbed by crashes in other lanes. */
  calmly<T>(run: () => Promise<T>): Promise<T>;
}

/**
 * Plays a sequence on the model and on the servers, waits until nothing moves, and compares.
 * @throws Error with what differs, and where
 */
export async function play(sequence: readonly Operation[], real: Real, manner: Manner): Promise<void> {
  const model = new Model();
  const brake = new BrakeRule();
  const agreement = () => agreed(model, brake, real, manner.seconds);
  await real.prepare();
  const together = sequence.slice(0, sequence.length - manner.single);
  for (const [index, operation] of together.entries())
    await take(operation, index + 1, model, real, manner.crash).finally(() => brake.follow(model));
  await manner.calmly(agreement);
  for (const [index, operation] of sequence.slice(together.length).entries()) {
    const taking = () =>
      take(operation, together.length + index + 1, model, real, manner.crash).finally(() =>
        brake.follow(model),
      );
    if (operation.do === 'crash') {
      await taking();
      await manner.calmly(agreement);
    } else {
      await manner.calmly(() => taking().then(agreement));
    }
  }
  // What agrees on its way to something else does not agree for long.
  await sleep(300);
  assert.equal(await disagreements(model, real), []);
}

async function agreed(model: Model, brake: BrakeRule, real: Real, seconds: number): Promise<void> {
  const ask = async () => {
    await approve(model, brake, real);
    return [...brake.unexpected, ...(await disagreements(model, real))];
  };
  await eventually('all servers to agree with the model', ask, isEmpty, seconds);
}

/** Approves what awaits approval, and notes that of which nothing should. */
async function approve(model: Model, brake: BrakeRule, real: Real): Promise<void> {
  for (const { wmw, name } of model.placements.values()) {
    const count = await real.approve(wmw, name);
    if (count > 0 && !brake.mayAwait(wmw, name))
      brake.unexpected.push(`${count} removals of ${wmw}/${name} awaited approval`);
  }
}

async function take(
  operation: Operation,
  order: number,
  model: Model,
  real: Real,
  crash: (program: ProgramName) => Promise<void>,
): Promise<void> {
  switch (operation.do) {
    case 'write object': {
      const { wmw } = operation.target;
      const ref = refIn(operation.target);
      const isConfigMap = ref.kind === 'ConfigMap';
      const custom = operation.custom && isConfigMap && ref.name === 'c';
      const expand = operation.expand && isConfigMap && !custom;
      const written = { ...ref, app: operation.app, expand, custom, value: `v${order}`, order };
      model.objects.set(`${wmw} ${refOf(ref)}`, { ...written, wmw });
      return real.write(wmw, written);
    }
    case 'delete object': {
      const { wmw } = operation.target;
      const ref = refIn(operation.target);
      model.objects.delete(`${wmw} ${refOf(ref)}`);
      return real.delete(wmw, ref);
    }
    case 'label namespace':
      model.shipped.set(`${operation.wmw}/${operation.namespace}`, operation.ship);
      return real.label(operation.wmw, operation.namespace, operation.ship);
    case 'write placement': {
      const { wmw, name, placement } = operation;
      model.placements.set(`${wmw} ${name}`, { ...placement, wmw, name });
      return real.place(wmw, name, placement);
    }
    case 'delete placement':
      model.placements.delete(`${operation.wmw} ${operation.name}`);
      return real.unplace(operation.wmw, operation.name);
    case 'write location':
      model.locations.set(operation.name, operation.location);
      return real.locate(operation.name, operation.location);
    case 'delete location':
      model.locations.delete(operation.name);
      return real.dislocate(operation.name);
    case 'write customizer':
      model.customizer = `custom ${order}`;
      return real.customize(model.customizer);
    case 'delete customizer':
      model.customizer = undefined;
      return real.customize(undefined);
    case 'edit copy':
    case 'delete copy': {
      const ref = refIn(operation.target);
      if (refOf(ref) === refOf(FOREIGN)) return;
      if (operation.do === 'delete copy') return real.deleteCopy(operation.cluster, ref);
      return real.editCopy(operation.cluster, ref, `drift ${order}`);
    }
    case 'wait':
      return sleep(operation.milliseconds);
    case 'crash':
      return crash(operation.program);
  }
}

/**
 * Only the first workspace has objects named `c`, which may be customized: a missing Customizer is told by an
 * annotation of the source, which makes it the most recently written one. Only the foreign ConfigMap has `f`.
 */
function refIn({ wmw, kind, namespace, name }: Target): Ref {
  const isForeign = kind === FOREIGN.kind && namespace === FOREIGN.namespace;
  const known = (name === 'c' && wmw !== 0) || (name === 'f' && !isForeign) ? 'b' : name;
  return { kind, namespace: kind === 'PriorityClass' ? '' : namespace, name: known };
}

const isEmpty = (lines: readonly string[]): boolean => lines.length === 0;

/** One line for each thing that is not as the model says. */
async function disagreements(model: Model, real: Real): Promise<string[]> {
  const inClusters = CLUSTERS.map(async (cluster) =>
    compare(cluster, model.expectedIn(cluster), await real.inCluster(cluster)),
  );
  const inMailboxes = CLUSTERS.map(async (cluster) =>
    compare(`mailbox of ${cluster}`, model.wantedIn(cluster), await real.inMailbox(cluster)),
  );
  const slices = [...model.placements.values()].map(async (placement) => {
    const found = await real.destinationsOf(placement.wmw, placement.name);
    const wanted = model.destinationsOf(placement).sort();
    return `${found}` === `${wanted}`
      ? []
      : [`slice ${placement.wmw}/${placement.name}: ${found}, not ${wanted}`];
  });
  return (await Promise.all([...inClusters, ...inMailboxes, ...slices])).flat();
}

function compare(
  where: Cluster | string,
  expected: ReadonlyMap<string, Expected>,
  found: ReadonlyMap<string, Found>,
): string[] {
  const lines: string[] = [];
  for (const [ref, { values, app }] of expected) {
    const there = found.get(ref);
    if (!there) lines.push(`${where}: ${ref} is missing`);
    else if (!values.includes(there.value) || there.app !== app)
      lines.push(`${where}: ${ref} is ${JSON.stringify(there)}, not ${values.join(' or ')} with app ${app}`);
  }
  for (const ref of found.keys()) if (!expected.has(ref)) lines.push(`${where}: ${ref} should not be there`);
  return lines;
}
