import {
  API_BINDINGS,
  type APIBinding,
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
  type KubeObject,
  type Resource,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, Informer, keyOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Action } from './format.ts';
import { type Access, mailboxCluster, typed } from './list.ts';
import { boundBy, definedBy, type Source, sourcesOf } from './sources.ts';

type Show = (action: Action, object: KubeObject) => void;

/**
 * Prints the objects of a kind in all mailbox workspaces and their later changes. Each object
 * is printed as added once, in whatever order the events of its workspace and of itself arrive.
 */
export class Follower {
  readonly #access: Access;
  readonly #kind: Resource;
  readonly #logger: Logger;
  readonly #show: Show;
  readonly #workspaces: Informer<Workspace>;
  readonly #bindings: Informer<APIBinding>;
  readonly #crds: Informer<CustomResourceDefinition>;
  /** Logical clusters of the mailbox workspaces. */
  readonly #mailboxes = new Set<string>();
  readonly #sources = new Map<string, Informer>();
  readonly #shown = new Set<string>();

  constructor(access: Access, kind: Resource, logger: Logger, show: Show) {
    this.#access = access;
    this.#kind = kind;
    this.#logger = logger;
    this.#show = show;
    const everywhere = { client: access.all.workspace('*'), logger };
    this.#workspaces = new Informer<Workspace>({ client: access.parent, resource: WORKSPACES, logger });
    this.#bindings = new Informer<APIBinding>({
      ...everywhere,
      resource: API_BINDINGS,
      transform: (binding) => (boundBy(binding, kind) ? binding : undefined),
    });
    this.#crds = new Informer<CustomResourceDefinition>({
      ...everywhere,
      resource: CUSTOM_RESOURCE_DEFINITIONS,
      transform: (crd) => (definedBy(crd, kind) ? crd : undefined),
    });
  }

  /** Starts; runs until stop(). */
  async start(): Promise<void> {
    const basis = [this.#workspaces, this.#bindings, this.#crds];
    await Promise.all(basis.map((informer) => informer.start().whenSynced()));
    const look = () => this.#readSources();
    this.#workspaces.addHandler({
      onAdd: (workspace) => this.#addMailbox(workspace),
      onUpdate: (workspace) => this.#addMailbox(workspace),
      onDelete: (workspace) => this.#mailboxes.delete(workspace.spec?.cluster ?? ''),
    });
    this.#bindings.addHandler({ onAdd: look, onUpdate: look, onDelete: look });
    this.#crds.addHandler({ onAdd: look, onUpdate: look, onDelete: look });
    this.#readSources();
  }

  async stop(): Promise<void> {
    const all = [this.#workspaces, this.#bindings, this.#crds, ...this.#sources.values()];
    await Promise.all(all.map((informer) => informer.stop()));
  }

  #addMailbox(workspace: Workspace): void {
    const cluster = mailboxCluster(workspace);
    if (cluster === undefined || this.#mailboxes.has(cluster)) return;
    this.#mailboxes.add(cluster);
    for (const informer of this.#sources.values()) {
      for (const object of informer.list()) if (clusterOf(object) === cluster) this.#changed(object);
    }
    this.#readSources();
  }

  /** Starts to read where the kind is served, and stops where it no longer is. */
  #readSources(): void {
    const provisions = [
      ...[...this.#bindings.list()].flatMap((binding) => boundBy(binding, this.#kind) ?? []),
      ...[...this.#crds.list()].flatMap((crd) => definedBy(crd, this.#kind) ?? []),
    ].filter(({ cluster }) => this.#mailboxes.has(cluster));
    const wanted = new Map(
      sourcesOf(this.#kind, this.#access.all, provisions).map((source) => [source.key, source]),
    );
    for (const [key, source] of wanted)
      if (!this.#sources.has(key)) this.#sources.set(key, this.#read(source));
    for (const [key, informer] of this.#sources) {
      if (wanted.has(key)) continue;
      this.#sources.delete(key);
      void informer.stop();
    }
  }

  #read({ client, resource }: Source): Informer {
    const informer = new Informer({ client, resource, logger: this.#logger });
    return informer
      .addHandler({
        onAdd: (object) => this.#changed(object),
        onUpdate: (object) => this.#changed(object),
        onDelete: (object) => this.#deleted(object),
      })
      .start();
  }

  /** Objects of a workspace that is not known to be a mailbox may become of interest: see #addMailbox. */
  #changed(object: KubeObject): void {
    const key = keyOf(object);
    const isShown = this.#shown.has(key);
    if (!isShown && !this.#mailboxes.has(clusterOf(object))) return;
    this.#shown.add(key);
    this.#show(isShown ? 'update' : 'add', typed(object, this.#kind));
  }

  #deleted(object: KubeObject): void {
    if (this.#shown.delete(keyOf(object))) this.#show('delete', typed(object, this.#kind));
  }
}
