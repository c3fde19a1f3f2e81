/**
 * A small reference model: what users have asked for, and what must be in each cluster once all is quiet. It knows
 * nothing of controllers, watches and mailboxes; it follows docs/rules.md, semantics 13 and 8.
 */

export const CLUSTERS = ['edge1', 'edge2'] as const;
export type Cluster = (typeof CLUSTERS)[number];
export type Kind = 'ConfigMap' | 'Secret' | 'PriorityClass';
/** Index of a workload workspace. */
export type Wmw = 0 | 1;
export type NamespaceName = 'n1' | 'n2';

/** Names an object within a workspace or cluster; `namespace` is '' for what is cluster-scoped. */
export interface Ref {
  kind: Kind;
  namespace: NamespaceName | '';
  name: string;
}

/** An object as its user has written it. */
export interface Written extends Ref {
  app: string;
  /** Whether its value is a text with the parameter `color`, to be expanded. */
  expand: boolean;
  /** Whether a Customizer replaces its value. */
  custom: boolean;
  value: string;
  /** The number of the operation that wrote it last. */
  order: number;
}

export interface Placement {
  color: string;
  kinds: readonly Kind[];
  /** Namespaces by name, or those whose label `ship` is `yes`. */
  namespaces: readonly NamespaceName[] | 'labelled';
  /** Value of the label `app`; undefined means any. */
  app: string | undefined;
  /** Whether what ceases to match may have to await approval. */
  removals: 'Immediate' | 'AwaitApproval';
}

export interface Location {
  cluster: Cluster;
  color: string;
}

/** What one object in a cluster may look like. */
export interface Expected {
  /** More than one where several Locations of different colors lead to the cluster. */
  values: readonly string[];
  app: string;
}

export const refOf = ({ kind, namespace, name }: Ref): string => `${kind} ${namespace}/${name}`;

/** This ConfigMap is in the first Namespace of the first cluster before anybody asks for one. */
export const FOREIGN: Ref = { kind: 'ConfigMap', namespace: 'n1', name: 'f' };
const FOREIGN_CLUSTER: Cluster = 'edge1';
export const FOREIGN_VALUE = 'not-ours';

/** Everything that users have asked for. */
export class Model {
  readonly objects = new Map<string, Written & { wmw: Wmw }>();
  readonly shipped = new Map<string, boolean>();
  readonly placements = new Map<string, Placement & { wmw: Wmw; name: string }>();
  readonly locations = new Map<string, Location>();
  /** Value that the Customizer of the first workspace sets. */
  customizer: string | undefined;

  /** @returns what must be in a cluster, by ref */
  expectedIn(cluster: Cluster): Map<string, Expected> {
    const expected = this.wantedIn(cluster);
    if (cluster === FOREIGN_CLUSTER)
      expected.set(refOf(FOREIGN), { values: [FOREIGN_VALUE], app: FOREIGN_VALUE });
    return expected;
  }

  /** @returns what users want in a cluster, by ref, whatever is there already */
  wantedIn(cluster: Cluster): Map<string, Expected> {
    const expected = new Map<string, Expected>();
    const wanted = [...this.objects.values()].flatMap((object) => {
      const colors = this.#colorsAt(object, cluster);
      return colors.size > 0 ? [{ object, colors }] : [];
    });
    // The most recently written source wins (docs/rules.md, semantics 5.2).
    for (const { object, colors } of wanted.sort((a, b) => a.object.order - b.object.order)) {
      const ref = refOf(object);
      expected.set(ref, { values: this.#valuesOf(object, colors), app: object.app });
    }
    return expected;
  }

  /** @returns names of the Locations that a placement leads to */
  destinationsOf({ color }: Placement): string[] {
    return [...this.locations].filter(([, location]) => location.color === color).map(([name]) => name);
  }

  /** @returns the keys of the objects that a placement leads to a cluster */
  placedBy(placement: Placement & { wmw: Wmw }, cluster: Cluster): string[] {
    const leadsThere = this.destinationsOf(placement).some(
      (name) => this.locations.get(name)?.cluster === cluster,
    );
    if (!leadsThere) return [];
    return [...this.objects].flatMap(([key, object]) =>
      object.wmw === placement.wmw && this.#selects(placement, object) ? [key] : [],
    );
  }

  /** Colors of the Locations by which an object goes to a cluster; none when it doesn't. */
  #colorsAt(object: Written & { wmw: Wmw }, cluster: Cluster): Set<string> {
    const placements = [...this.placements.values()].filter(
      (placement) => placement.wmw === object.wmw && this.#selects(placement, object),
    );
    const locations = [...this.locations.values()].filter((location) => location.cluster === cluster);
    const colors = placements
      .map(({ color }) => color)
      .filter((color) => locations.some((location) => location.color === color));
    return new Set(colors);
  }

  #selects(placement: Placement, object: Written & { wmw: Wmw }): boolean {
    const { kinds, namespaces, app } = placement;
    if (!kinds.includes(object.kind) || (app !== undefined && app !== object.app)) return false;
    if (object.namespace === '') return true;
    return namespaces === 'labelled'
      ? this.shipped.get(`${object.wmw}/${object.namespace}`) === true
      : namespaces.includes(object.namespace);
  }

  #valuesOf(object: Written, colors: ReadonlySet<string>): string[] {
    if (object.custom && this.customizer !== undefined) return [this.customizer];
    return object.expand ? [...colors].map((color) => `${object.value} ${color}`) : [object.value];
  }
}
