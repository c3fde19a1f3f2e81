import { setTimeout as sleep } from 'node:timers/promises';
import {
  apiVersionOf,
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type KubeObject,
  NAMESPACES,
  type Resource,
  SECRETS,
} from '@kubestellar/api';
import { explain, Informer, isApiError, type KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { crdOf } from '../kinds.ts';
import { define } from '../objects.ts';
import { type Canary, Findings } from './findings.ts';

/** Seconds within which each change must be in each cluster. */
const WITHIN = 10;
/** Seconds after which a change is given up. */
const GIVEN_UP = 60;
/** Milliseconds between the arrival of a change and the next one of the same object. */
const PAUSE = 150;
const NAME = 'changing';

type Content = { [field: string]: unknown };
type Read = KubeObject & { data?: { v?: string }; spec?: Content & { v?: string; template?: KubeObject } };

/** A kind of the other tenant's objects, and where the value stands in them. */
interface Kind {
  resource: Resource;
  write(value: string): Content;
  read(object: Read): string | undefined;
}

/** Where the other tenant's objects lie. */
export interface Places {
  /** The tenant's own clients, which take turns. */
  clients: readonly KubeClient[];
  /** An administrator's view of the workspace, the mailbox workspaces and the clusters. */
  workspace: KubeClient;
  mailboxes: readonly KubeClient[];
  clusters: readonly KubeClient[];
}

/** Another tenant, whose workload changes all the time, and who notices whatever is done to it. */
export class Victim {
  readonly namespace: string;
  readonly #places: Places;
  readonly #canary: Canary;
  #findings = new Findings();
  readonly #kinds: readonly Kind[];
  readonly #informers: Informer[] = [];
  /** By kind, all values in the order in which they were written. */
  readonly #written = new Map<string, string[]>();
  readonly #stop = new AbortController();
  #changing: Promise<unknown> | undefined;
  /** Milliseconds that each change took until it was in all clusters. */
  #delays: number[] = [];
  #ends = false;

  constructor(name: string, places: Places, canary: Canary) {
    this.namespace = name;
    this.#places = places;
    this.#canary = canary;
    this.#kinds = kindsOf(groupOf(name), name);
  }

  /** The API group of the tenant's own kind. */
  get group(): string {
    return groupOf(this.namespace);
  }

  /** What is done to the tenant from now on goes there. */
  reportTo(findings: Findings): void {
    this.#findings = findings;
  }

  /** Makes the objects, places them, waits until they are everywhere, and goes on to change them. */
  async start(): Promise<void> {
    const [client] = this.#places.clients;
    if (!client) throw new Error('the other tenant has no client');
    const { resource } = this.#kinds.find((kind) => kind.resource.kind === 'Gadget') as Kind;
    await define(client, crdOf(resource), resource);
    const { namespace } = this;
    await client.create(
      NAMESPACES,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      USER,
    );
    const downsync = this.#kinds.map((kind) => ({
      ...{ apiGroup: kind.resource.group, resources: [kind.resource.plural], namespaces: [namespace] },
    }));
    const spec = { locationSelectors: [{ matchLabels: { env: 'demo' } }], downsync };
    const placement = { apiVersion: apiVersionOf(EDGE_PLACEMENTS), kind: EDGE_PLACEMENTS.kind };
    await client.apply(
      EDGE_PLACEMENTS,
      { ...placement, metadata: { name: namespace }, spec } as KubeObject,
      USER,
    );
    for (const kind of this.#kinds) await this.#create(client, kind);
    for (const kind of this.#kinds) await this.#arrived(kind, 1, GIVEN_UP);
    this.#watch();
    await Promise.all(this.#informers.map((informer) => informer.whenSynced()));
    this.#changing = Promise.all(this.#kinds.map((kind) => this.#change(kind)));
  }

  /** @returns what each change since the last call took, in milliseconds */
  takeDelays(): number[] {
    return this.#delays.splice(0);
  }

  /** Ends the changes, and what looks after the objects. */
  async end(): Promise<void> {
    this.#ends = true;
    await this.#changing;
    this.#stop.abort();
    await Promise.all(this.#informers.map((informer) => informer.stop()));
  }

  async #create(client: KubeClient, kind: Kind): Promise<void> {
    const metadata = { name: NAME, namespace: this.namespace };
    const object = { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind, metadata };
    await client.create(kind.resource, { ...object, ...kind.write(this.#next(kind)) } as KubeObject, USER);
  }

  /** One change after the other, through one client after the other. */
  async #change(kind: Kind): Promise<void> {
    const { clients } = this.#places;
    for (let turn = 0; !this.#ends; turn++) {
      const value = this.#next(kind);
      const begin = Date.now();
      await this.#write(clients[turn % clients.length] as KubeClient, kind, value);
      await this.#arrived(kind, this.#valuesOf(kind).length, GIVEN_UP).catch(() => undefined);
      const took = Date.now() - begin;
      this.#delays.push(took);
      if (took > WITHIN * 1000)
        this.#findings.add(`held up: a change of ${kind.resource.kind} took more than ${WITHIN} s`);
      await sleep(PAUSE);
    }
  }

  /** Overloaded servers and cut connections only cost time; whose answer comes must be right. */
  async #write(client: KubeClient, { resource, write, read }: Kind, value: string): Promise<void> {
    const ref = { name: NAME, namespace: this.namespace };
    const deadline = Date.now() + GIVEN_UP * 1000;
    for (;;) {
      try {
        const answer = await client.mergePatch<Read>(resource, ref, write(value), USER);
        if (answer.kind !== resource.kind || answer.metadata?.name !== NAME || read(answer) !== value)
          this.#findings.add(`changed: the answer to a change of ${resource.kind} is another one`);
        return;
      } catch (error) {
        if (isApiError(error, 400, 401, 403, 404, 405, 415, 422))
          this.#findings.add(`changed: a change of ${resource.kind} was refused: ${explain(error)}`);
        if (Date.now() > deadline) return;
        await sleep(200);
      }
    }
  }

  async #arrived(kind: Kind, count: number, seconds: number): Promise<void> {
    const value = this.#valuesOf(kind)[count - 1];
    const ref = { name: NAME, namespace: this.namespace };
    await Promise.all(
      this.#places.clusters.map((cluster) =>
        eventually(
          `${kind.resource.kind} in ${cluster.connection.server}`,
          () => cluster.get<Read>(kind.resource, ref),
          (object) => object !== undefined && kind.read(object) === value,
          seconds,
        ),
      ),
    );
  }

  /** Whatever becomes of the objects anywhere is seen, and must come from the tenant. */
  #watch(): void {
    const { workspace, mailboxes, clusters } = this.#places;
    for (const client of [workspace, ...mailboxes, ...clusters]) {
      for (const kind of this.#kinds) this.#informers.push(this.#informerOf(client, kind));
    }
  }

  #informerOf(client: KubeClient, kind: Kind): Informer {
    const where = `${kind.resource.kind} in ${client.workspaceName}`;
    const informer = new Informer<Read>({
      ...{ client, resource: kind.resource, namespace: this.namespace, logger: createLogger('e2e', 0) },
      onServed: (isServed) => {
        if (!isServed) this.#findings.add(`removed: ${where} is served no longer`);
      },
    });
    let newest = -1;
    const see = (object: Read) => {
      if (object.metadata.name !== NAME) return;
      const at = this.#valuesOf(kind).indexOf(kind.read(object) ?? '');
      if (at < 0) this.#findings.add(`changed: ${where} has the value of somebody else`);
      else if (at < newest) this.#findings.add(`changed: ${where} has a value of before`);
      newest = Math.max(newest, at);
    };
    informer.addHandler({
      onAdd: see,
      onUpdate: see,
      onDelete: ({ metadata }) => {
        if (metadata.name === NAME && !this.#stop.signal.aborted) this.#findings.add(`removed: ${where}`);
      },
    });
    return informer.start() as unknown as Informer;
  }

  #next(kind: Kind): string {
    const values = this.#valuesOf(kind);
    values.push(`${this.#canary.text}-${values.length + 1}`);
    return values.at(-1) ?? '';
  }

  #valuesOf({ resource }: Kind): string[] {
    const values = this.#written.get(resource.kind) ?? [];
    this.#written.set(resource.kind, values);
    return values;
  }
}

function groupOf(name: string): string {
  return `${name}.test`;
}

function kindsOf(group: string, app: string): Kind[] {
  const gadgets = { group, version: 'v1', plural: 'gadgets', kind: 'Gadget', namespaced: true };
  const decode = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString();
  const labels = { app };
  const container = { name: 'c', image: 'nginx' };
  return [
    { resource: CONFIG_MAPS, write: (v) => ({ data: { v } }), read: ({ data }) => data?.v },
    {
      resource: SECRETS,
      write: (v) => ({ data: { v: Buffer.from(v).toString('base64') } }),
      read: ({ data }) => decode(data?.v),
    },
    { resource: gadgets, write: (v) => ({ spec: { v } }), read: ({ spec }) => spec?.v },
    {
      resource: DEPLOYMENTS,
      write: (v) => ({
        spec: {
          ...{ replicas: 0, selector: { matchLabels: labels } },
          template: { metadata: { labels, annotations: { v } }, spec: { containers: [container] } },
        },
      }),
      read: ({ spec }) => spec?.template?.metadata.annotations?.v,
    },
  ];
}
