import fc from 'fast-check';
import {
  CLUSTERS,
  type Cluster,
  type Kind,
  type Location,
  type NamespaceName,
  type Placement,
  type Wmw,
} from './model.ts';

/** Programs that may be killed at any moment. */
export const PROGRAMS = [
  'kubestellar-where-resolver',
  'mailbox-controller',
  'placement-translator',
  'edge1-syncer',
  'edge2-syncer',
] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** Names an object in one of the workspaces. */
export interface Target {
  wmw: Wmw;
  kind: Kind;
  namespace: NamespaceName;
  name: string;
}

/** What users, other writers in the clusters, and misfortune do. */
export type Operation =
  | { do: 'write object'; target: Target; app: string; expand: boolean; custom: boolean }
  | { do: 'delete object'; target: Target }
  | { do: 'label namespace'; wmw: Wmw; namespace: NamespaceName; ship: boolean }
  | { do: 'write placement'; wmw: Wmw; name: string; placement: Placement }
  | { do: 'delete placement'; wmw: Wmw; name: string }
  | { do: 'write location'; name: string; location: Location }
  | { do: 'delete location'; name: string }
  | { do: 'write customizer' }
  | { do: 'delete customizer' }
  | { do: 'edit copy'; cluster: Cluster; target: Target }
  | { do: 'delete copy'; cluster: Cluster; target: Target }
  | { do: 'wait'; milliseconds: number }
  | { do: 'crash'; program: ProgramName };

const wmw = fc.constantFrom<Wmw>(0, 1);
const namespace = fc.constantFrom<NamespaceName>('n1', 'n2');
const kind = fc.constantFrom<Kind>('ConfigMap', 'ConfigMap', 'Secret', 'PriorityClass');
const name = fc.constantFrom('a', 'b', 'c', 'f');
const app = fc.constantFrom('x', 'y');
const color = fc.constantFrom('red', 'blue');
const cluster = fc.constantFrom<Cluster>(...CLUSTERS);
const target = fc.record({ wmw, kind, namespace, name });
const placementName = fc.constantFrom('p1', 'p2');
const locationName = fc.constantFrom('l1', 'l2', 'l3');
const placement: fc.Arbitrary<Placement> = fc.record({
  color,
  kinds: fc.uniqueArray(fc.constantFrom<Kind>('ConfigMap', 'Secret', 'PriorityClass'), { minLength: 1 }),
  namespaces: fc.constantFrom<Placement['namespaces']>(
    ['n1'],
    ['n1', 'n2'],
    'labelled',
    'labelled',
    'labelled',
  ),
  app: fc.option(app, { nil: undefined }),
  removals: fc.constantFrom('Immediate', 'AwaitApproval', 'AwaitApproval'),
});

const writeObject: fc.Arbitrary<Operation> = fc.record({
  do: fc.constant('write object'),
  target,
  app,
  expand: fc.boolean(),
  custom: fc.boolean(),
});
const writePlacement: fc.Arbitrary<Operation> = fc.record({
  do: fc.constant('write placement'),
  wmw,
  name: placementName,
  placement,
});
const writeLocation: fc.Arbitrary<Operation> = fc.record({
  do: fc.constant('write location'),
  name: locationName,
  location: fc.record({ cluster, color }),
});

const weighted: readonly [number, fc.Arbitrary<Operation>][] = [
  [6, writeObject],
  [2, fc.record({ do: fc.constant('delete object'), target })],
  [4, fc.record({ do: fc.constant('label namespace'), wmw, namespace, ship: fc.boolean() })],
  [4, writePlacement],
  [2, fc.record({ do: fc.constant('delete placement'), wmw, name: placementName })],
  [4, writeLocation],
  [2, fc.record({ do: fc.constant('delete location'), name: locationName })],
  [2, fc.record({ do: fc.constant('write customizer') })],
  [2, fc.record({ do: fc.constant('delete customizer') })],
  [2, fc.record({ do: fc.constant('edit copy'), cluster, target })],
  [2, fc.record({ do: fc.constant('delete copy'), cluster, target })],
  [3, fc.record({ do: fc.constant('wait'), milliseconds: fc.integer({ min: 50, max: 600 }) })],
  [8, fc.record({ do: fc.constant('crash'), program: fc.constantFrom(...PROGRAMS) })],
] as readonly [number, fc.Arbitrary<Operation>][];

/** Without these in place, most of what follows leads to nothing. */
const beginning = fc.tuple(writeLocation, writePlacement, writeObject, writeObject);

/** Sequences of 20 operations on average. */
export const sequences: fc.Arbitrary<Operation[]> = fc
  .tuple(
    beginning,
    fc.array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
      minLength: 6,
      maxLength: 28,
      size: 'max',
    }),
  )
  .map(([first, others]) => [...first, ...others]);

/** @returns how often each kind of operation, and each program that is killed, is counted under */
export function nameOf(operation: Operation): string {
  return operation.do === 'crash' ? `crash ${operation.program}` : operation.do;
}
