import {
  groupResourceOf,
  type Resource,
  SYNCER_CONFIGS,
  type SyncerConfig,
  type SyncerConfigSpec,
  syncerConfigName,
  twinOf,
  type UpsyncSet,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { reachOf } from '@kubestellar/rules';
import type { Mailbox } from '../cache/mailboxes.ts';
import { isProjected } from '../copies/projection.ts';
import { isForeign } from '../copies/takeover.ts';
import { isProvenUnwanted, type Reevaluate } from '../desired/proof.ts';
import { upsyncOf } from '../desired/upsync-sets.ts';
import { formatObjectKey, type LocalObject, localObject, parseObjectKey } from '../keys.ts';
import type { State } from '../state.ts';
import { type Named, namedIn, ownConfigsIn, ownConfigsOf } from './named.ts';
import { distribute } from './parts.ts';
import { isEmptySpec, specOf } from './spec.ts';

/** A SyncerConfig as it is in the mailbox workspace, by its number; undefined when it should be there and is not. */
type Live = readonly (SyncerConfig | undefined)[];

/**
 * Keeps the SyncerConfig `the-one` of a mailbox workspace, and its further parts when it would be too big, equal to
 * what is wanted there (spec semantics 6.5). An object leaves them, and with that the cluster, only when it is proven
 * unwanted. A resource stays listed, without objects, as long as unwanted copies of it are left: that is how a
 * restarted translator knows what else to watch.
 */
export class SyncerConfigReconciler {
  readonly #state: State;
  readonly #reevaluate: Reevaluate;
  /** Versions that our writes have made, by mailbox workspace and name, until the cache has them. */
  readonly #written = new Map<string, Map<string, string>>();

  /** @param reevaluate works out anew where a source object is wanted, and follows up on changes */
  constructor(state: State, reevaluate: Reevaluate) {
    this.#state = state;
    this.#reevaluate = reevaluate;
  }

  /**
   * @param onHeld called when something stays listed only because it is not proven unwanted, or is not listed because it
   *   is not known what has its name, as soon as that is found: what becomes known from then on brings us back
   */
  async reconcile(mailboxName: string, onHeld: () => void): Promise<void> {
    const mailbox = this.#state.mailboxes.get(mailboxName);
    if (!mailbox) return;
    const live = await this.#live(mailbox);
    const listed = live.map(namedIn);
    const isUnwanted = ({ local }: Named) => this.#state.desired.in(mailboxName, local).length === 0;
    const unwanted = listed.flat().filter(isUnwanted);
    if (unwanted.length > 0 && (await mailbox.isOrphan())) return;
    const unproven = unwanted.filter(
      ({ local }) => !isProvenUnwanted(this.#state, this.#reevaluate, mailboxName, local),
    );
    const wanted = wantedIn(this.#state, mailbox, listed, onHeld);
    const parts = distribute([...wanted, ...unproven], listed);
    if (unproven.length > 0) onHeld();
    await this.#write(mailbox, specsOf(this.#state, mailbox, parts), live);
  }

  /**
   * No object may be in none of the parts for a moment. What is there is written first: as long as one that `the-one`
   * announces is missing, the syncer takes nothing away, and the last one to be created completes them.
   */
  async #write(mailbox: Mailbox, specs: readonly SyncerConfigSpec[], live: Live): Promise<void> {
    const [first = {}] = specs;
    if (live.every((config) => !config) && isEmptySpec(first)) return;
    const client = this.#state.everywhere.workspace(mailbox.cluster);
    const numbers = specs.map((_, n) => n);
    for (const n of [...numbers.filter((n) => live[n]), ...numbers.filter((n) => !live[n])]) {
      const config = configOf(n, specs[n] ?? {});
      const { metadata } = await this.#state.applier.ensure(client, SYNCER_CONFIGS, config, live[n]);
      if (specs.length > 1 || live.length > 1) this.#remember(mailbox, config, metadata.resourceVersion);
    }
    for (const surplus of live.slice(specs.length).reverse()) {
      if (!surplus) continue;
      const { name, uid } = surplus.metadata;
      await client.delete(SYNCER_CONFIGS, { name }, { uid });
      this.#state.applier.forget(client, SYNCER_CONFIGS, surplus);
      this.#written.get(mailbox.name)?.delete(name);
    }
  }

  /** Of several parts the cache might show some as they were before our last writes: then the server is asked. */
  async #live(mailbox: Mailbox): Promise<Live> {
    const cached = ownConfigsIn(this.#state.syncerConfigs, mailbox.cluster);
    const written = this.#written.get(mailbox.name);
    if (!written) return cached;
    const isSeen = ([name, version]: [string, string]) => {
      const seen = cached.find((config) => config?.metadata.name === name)?.metadata.resourceVersion;
      return Number(seen ?? 0) >= Number(version);
    };
    if ([...written].every(isSeen)) {
      this.#written.delete(mailbox.name);
      return cached;
    }
    const client = this.#state.everywhere.workspace(mailbox.cluster);
    return ownConfigsOf(await client.list<SyncerConfig>(SYNCER_CONFIGS));
  }

  #remember(mailbox: Mailbox, { metadata: { name } }: SyncerConfig, version = ''): void {
    const written = this.#written.get(mailbox.name) ?? new Map<string, string>();
    this.#written.set(mailbox.name, written.set(name, version));
  }
}

/**
 * What is of another API than its kind in the mailbox workspace, or has the name of an object that belongs there, does
 * not become listed: the syncer would send down what it finds. But what the cluster has of it from before stays there,
 * and so stays listed.
 */
function* wantedIn(
  state: State,
  mailbox: Mailbox,
  listed: readonly (readonly Named[])[],
  onUnknown: () => void,
): Generator<Named> {
  const { desired, catalog, apis } = state;
  const { name, cluster } = mailbox;
  const those = apis.in(mailbox);
  let known: Set<string> | undefined;
  for (const { local: text, wants } of desired.everythingIn(name)) {
    const local = parseObjectKey(text);
    const isAccepted = wants.some(({ source }) => those.accepts(source.type, local));
    const foreign = isAccepted && hasForeign(state, mailbox, local);
    if (foreign === 'unknown') onUnknown();
    if (!isAccepted || foreign) {
      known ??= new Set(listed.flat().map((each) => formatObjectKey(each.local)));
      if (!known.has(text)) continue;
    }
    const source = wants[0]?.source.type.resource;
    const resource = catalog.typeIn(cluster, local.groupResource)?.resource ?? (source && twinOf(source));
    if (resource && reachOf(resource.group, resource.plural) === 'edge') yield { resource, local };
  }
}

/** Whether a mailbox workspace has an object of its own, or of an administrator's, in the place of a copy. */
function hasForeign(
  { catalog, watches }: State,
  { cluster }: Mailbox,
  local: LocalObject,
): boolean | 'unknown' {
  const type = catalog.typeIn(cluster, local.groupResource);
  const informer = type && watches.of(type)?.informer;
  if (!informer) return false;
  const { namespace, name } = local;
  const present = informer.get(formatKey({ cluster, namespace, name }));
  if (present) return isForeign(type.resource, present);
  // Kinds from CRDs are there for the sake of copies alone, and theirs need not wait for the watch.
  return !informer.synced && type.identity !== 'crd' && 'unknown';
}

function specsOf(state: State, mailbox: Mailbox, parts: readonly Named[][]): SyncerConfigSpec[] {
  const upsync = [...upsyncOf(state.placements.to(mailbox.name)).sets, ...upsyncLeftovers(state, mailbox)];
  return parts.map((part, n) => {
    if (n > 0) return specOf(part);
    return {
      ...specOf(part, withLeftovers(state, mailbox, parts.flat())),
      ...(upsync.length > 0 ? { upsync } : {}),
      ...(parts.length > 1 ? { parts: parts.length - 1 } : {}),
    };
  });
}

/**
 * Sets without names, for what has copies that were upsynced and that no set asks for any more: that is how a restarted
 * syncer knows of which copies it is to notice that their originals are gone.
 */
function upsyncLeftovers({ upsyncCopies }: State, mailbox: Mailbox): UpsyncSet[] {
  return upsyncCopies
    .watchedIn(mailbox)
    .filter((type) => upsyncCopies.has(mailbox, type))
    .map(({ resource: { group, plural } }) => ({ apiGroup: group, resources: [plural], names: [] }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Resources, other than those that are named anyway, of which copies are left that are wanted no more. */
function withLeftovers(state: State, mailbox: Mailbox, named: readonly Named[]): Resource[] {
  const known = new Set([...new Set(named.map(({ resource }) => resource))].map(groupResourceOf));
  const found: Resource[] = [];
  for (const { watch, object } of state.watches.inCluster(mailbox.cluster)) {
    const { resource } = watch.type;
    const id = groupResourceOf(resource);
    if (!isProjected(object) || known.has(id) || id === 'namespaces') continue;
    if (reachOf(resource.group, resource.plural) !== 'edge') continue;
    if (state.desired.in(mailbox.name, localObject(watch.type, object)).length > 0) continue;
    known.add(id);
    found.push(resource);
  }
  return found;
}

function configOf(n: number, spec: SyncerConfigSpec): SyncerConfig {
  return {
    apiVersion: `${SYNCER_CONFIGS.group}/${SYNCER_CONFIGS.version}`,
    kind: SYNCER_CONFIGS.kind,
    metadata: { name: syncerConfigName(n) },
    spec,
  };
}
