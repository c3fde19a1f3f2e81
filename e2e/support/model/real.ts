import {
  APPROVED_REMOVALS,
  CONFIG_MAPS,
  CUSTOMIZERS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type KubeObject,
  LOCATIONS,
  NAMESPACES,
  PROJECTED,
  type Resource,
  SECRETS,
  SINGLE_PLACEMENT_SLICES,
} from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';
import { formatApproval } from '@kubestellar/rules';
import { PRIORITY_CLASSES } from '../kinds.ts';
import {
  type Cluster,
  FOREIGN,
  FOREIGN_VALUE,
  type Kind,
  type Location,
  type NamespaceName,
  type Placement,
  type Ref,
  refOf,
  type Wmw,
  type Written,
} from './model.ts';

const USER = { fieldManager: 'user' };
const OTHER = { fieldManager: 'another-writer' };
const RESOURCES: Record<Kind, Resource> = {
  ConfigMap: CONFIG_MAPS,
  Secret: SECRETS,
  PriorityClass: PRIORITY_CLASSES,
};
const EDGE = 'edge.kubestellar.io/v2alpha1';

/** The servers that the sequences of one lane work on. */
export interface Servers {
  wmws: readonly [KubeClient, KubeClient];
  imw: KubeClient;
  wecs: Record<Cluster, KubeClient>;
  mailboxes: Record<Cluster, KubeClient>;
}

/** What an object looks like on a server. */
export interface Found {
  value: string;
  app: string;
}

type Content = KubeObject & { data?: { v?: string }; description?: string };

/** One sequence on real servers; everything it makes has names of its own. */
export class Real {
  readonly #servers: Servers;
  readonly #run: string;

  constructor(servers: Servers, run: string) {
    this.#servers = servers;
    this.#run = run;
  }

  /** The Namespaces, and the object in a cluster that is not ours. */
  async prepare(): Promise<void> {
    const { wmws, wecs } = this.#servers;
    const namespaces = (['n1', 'n2'] as const).flatMap((name) =>
      wmws.map((client) => client.apply(NAMESPACES, this.#namespace(name, false), USER)),
    );
    await Promise.all(namespaces);
    await wecs.edge1.apply(NAMESPACES, this.#namespace('n1', false), OTHER);
    const foreign: Written = {
      ...FOREIGN,
      app: FOREIGN_VALUE,
      value: FOREIGN_VALUE,
      expand: false,
      custom: false,
      order: 0,
    };
    await wecs.edge1.create(CONFIG_MAPS, this.#object(foreign), OTHER);
  }

  async write(wmw: Wmw, written: Written): Promise<void> {
    await this.#servers.wmws[wmw].apply(RESOURCES[written.kind], this.#object(written), USER);
  }

  async delete(wmw: Wmw, ref: Ref): Promise<void> {
    await this.#servers.wmws[wmw].delete(RESOURCES[ref.kind], this.#name(ref));
  }

  async label(wmw: Wmw, namespace: NamespaceName, ship: boolean): Promise<void> {
    await this.#servers.wmws[wmw].apply(NAMESPACES, this.#namespace(namespace, ship), USER);
  }

  async place(wmw: Wmw, name: string, { color, kinds, namespaces, app, removals }: Placement): Promise<void> {
    const labels = { run: this.#run, ...(app === undefined ? {} : { app }) };
    const labelSelectors = [{ matchLabels: labels }];
    const plurals = kinds.filter((kind) => kind !== 'PriorityClass').map((kind) => RESOURCES[kind].plural);
    const where =
      namespaces === 'labelled'
        ? { namespaceSelectors: [{ matchLabels: { run: this.#run, ship: 'yes' } }] }
        : { namespaces: namespaces.map((each) => `${this.#run}-${each}`) };
    const downsync = [
      ...(plurals.length > 0 ? [{ apiGroup: '', resources: plurals, ...where, labelSelectors }] : []),
      ...(kinds.includes('PriorityClass')
        ? [{ apiGroup: PRIORITY_CLASSES.group, resources: [PRIORITY_CLASSES.plural], labelSelectors }]
        : []),
    ];
    const spec = { locationSelectors: [{ matchLabels: { run: this.#run, color } }], downsync, removals };
    const metadata = { name: this.#own(name) };
    await this.#servers.wmws[wmw].apply(
      EDGE_PLACEMENTS,
      { apiVersion: EDGE, kind: 'EdgePlacement', metadata, spec },
      USER,
    );
  }

  async unplace(wmw: Wmw, name: string): Promise<void> {
    await this.#servers.wmws[wmw].delete(EDGE_PLACEMENTS, { name: this.#own(name) });
  }

  /** Approves the removals of an EdgePlacement that await that. @returns how many do */
  async approve(wmw: Wmw, name: string): Promise<number> {
    const client = this.#servers.wmws[wmw];
    const ref = { name: this.#own(name) };
    const placement = await client.get<EdgePlacement>(EDGE_PLACEMENTS, ref);
    const awaited = placement?.status?.removals;
    if (!placement || !awaited) return 0;
    const annotations = { [APPROVED_REMOVALS]: formatApproval(placement, awaited) };
    await client.mergePatch(EDGE_PLACEMENTS, ref, { metadata: { annotations } }, USER).catch(unlessMissing);
    return awaited.count;
  }

  async locate(name: string, { cluster, color }: Location): Promise<void> {
    const spec = {
      resource: { group: 'edge.kubestellar.io', version: 'v2alpha1', resource: 'synctargets' },
      instanceSelector: { matchLabels: { id: cluster } },
    };
    const metadata = { name: this.#own(name), labels: { run: this.#run, color } };
    await this.#servers.imw.apply(
      LOCATIONS,
      { apiVersion: EDGE, kind: 'Location', metadata, spec } as KubeObject,
      USER,
    );
  }

  async dislocate(name: string): Promise<void> {
    await this.#servers.imw.delete(LOCATIONS, { name: this.#own(name) });
  }

  async customize(value: string | undefined): Promise<void> {
    const [client] = this.#servers.wmws;
    const ref = { name: 'customizer', namespace: `${this.#run}-n1` };
    if (value === undefined) return void (await client.delete(CUSTOMIZERS, ref));
    const replacements = [{ path: '$.data.v', value: JSON.stringify(value) }];
    await client.apply(
      CUSTOMIZERS,
      { apiVersion: EDGE, kind: 'Customizer', metadata: ref, replacements } as KubeObject,
      USER,
    );
  }

  /** Somebody else's edit of a copy. */
  async editCopy(cluster: Cluster, ref: Ref, value: string): Promise<void> {
    const patch = contentOf(ref.kind, value);
    const edit = this.#servers.wecs[cluster].mergePatch(RESOURCES[ref.kind], this.#name(ref), patch, OTHER);
    await edit.catch(unlessMissing);
  }

  async deleteCopy(cluster: Cluster, ref: Ref): Promise<void> {
    await this.#servers.wecs[cluster].delete(RESOURCES[ref.kind], this.#name(ref));
  }

  /** @returns what is in a cluster, by ref */
  inCluster(cluster: Cluster): Promise<Map<string, Found>> {
    return this.#read(this.#servers.wecs[cluster]);
  }

  /** @returns what is in a cluster's mailbox workspace, by ref */
  inMailbox(cluster: Cluster): Promise<Map<string, Found>> {
    return this.#read(this.#servers.mailboxes[cluster], `${PROJECTED}=yes`);
  }

  /** @returns names of the Locations in the slice of a placement; undefined when there is none */
  async destinationsOf(wmw: Wmw, name: string): Promise<string[] | undefined> {
    const slice = await this.#servers.wmws[wmw].get<
      KubeObject & { destinations?: { locationName: string }[] }
    >(SINGLE_PLACEMENT_SLICES, { name: this.#own(name) });
    return slice?.destinations?.map(({ locationName }) => locationName.slice(this.#run.length + 1)).sort();
  }

  /** Takes everything away, users' objects last. */
  async end(): Promise<void> {
    const { wmws, imw, wecs } = this.#servers;
    await Promise.all(wmws.flatMap((_, wmw) => ['p1', 'p2'].map((name) => this.unplace(wmw as Wmw, name))));
    await Promise.all(['l1', 'l2', 'l3'].map((name) => imw.delete(LOCATIONS, { name: this.#own(name) })));
    const names = ['n1', 'n2'].map((name) => `${this.#run}-${name}`);
    const classes = ['a', 'b', 'c'].map((name) => this.#own(name));
    await Promise.all(
      wmws.flatMap((client) => [
        ...names.map((name) => client.delete(NAMESPACES, { name })),
        ...classes.map((name) => client.delete(PRIORITY_CLASSES, { name })),
      ]),
    );
    await Promise.all(
      Object.values(wecs).flatMap((client) => names.map((name) => client.delete(NAMESPACES, { name }))),
    );
  }

  async #read(client: KubeClient, labelSelector?: string): Promise<Map<string, Found>> {
    const namespaced = (['ConfigMap', 'Secret'] as const).flatMap((kind) =>
      (['n1', 'n2'] as const).map(async (namespace) => {
        const where = { namespace: `${this.#run}-${namespace}`, labelSelector };
        const objects = await client.list<Content>(RESOURCES[kind], where).catch(unlessMissing);
        return (objects ?? []).map((object) => ({
          ref: { kind, namespace, name: object.metadata.name },
          object,
        }));
      }),
    );
    const classes = client
      .list<Content>(PRIORITY_CLASSES, { labelSelector: `run=${this.#run}` })
      .catch(unlessMissing);
    const clusterScoped = ((await classes) ?? []).map((object) => ({
      ref: {
        kind: 'PriorityClass' as const,
        namespace: '' as const,
        name: object.metadata.name.slice(this.#run.length + 1),
      },
      object,
    }));
    const all = [...(await Promise.all(namespaced)).flat(), ...clusterScoped];
    const ours = all.filter(({ ref }) => ref.name !== 'kube-root-ca.crt');
    return new Map(
      ours.map(({ ref, object }) => [
        refOf(ref),
        { value: valueIn(ref.kind, object), app: object.metadata.labels?.app ?? '' },
      ]),
    );
  }

  #object({ app, expand, custom, value, ...ref }: Written): KubeObject {
    const { group, version, kind } = RESOURCES[ref.kind];
    const annotations = {
      ...(expand ? { 'edge.kubestellar.io/expand-parameters': 'true' } : {}),
      ...(custom ? { 'edge.kubestellar.io/customizer': `${this.#run}-n1/customizer` } : {}),
    };
    return {
      apiVersion: group ? `${group}/${version}` : version,
      kind,
      metadata: { ...this.#name(ref), labels: { run: this.#run, app }, annotations },
      ...contentOf(ref.kind, expand ? `${value} %(color)` : value),
      ...(kind === 'PriorityClass' ? { value: 1 } : {}),
    };
  }

  #name({ kind, namespace, name }: Ref): { name: string; namespace?: string } {
    return kind === 'PriorityClass'
      ? { name: this.#own(name) }
      : { name, namespace: `${this.#run}-${namespace}` };
  }

  #namespace(name: NamespaceName, ship: boolean): KubeObject {
    const labels = { run: this.#run, ship: ship ? 'yes' : 'no' };
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${this.#run}-${name}`, labels } };
  }

  #own(name: string): string {
    return `${this.#run}-${name}`;
  }
}

function contentOf(kind: Kind, value: string): object {
  if (kind === 'PriorityClass') return { description: value };
  return { data: { v: kind === 'Secret' ? Buffer.from(value).toString('base64') : value } };
}

function valueIn(kind: Kind, { data, description }: Content): string {
  if (kind === 'PriorityClass') return description ?? '';
  const text = data?.v ?? '';
  return kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text;
}

function unlessMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
