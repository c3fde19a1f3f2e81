/** Keeps the SyncerConfig `the-one` of a mailbox workspace, and its further parts, equal to what is wanted there. */
import {
  type Resource,
  SYNCER_CONFIGS,
  type SyncerConfig,
  type SyncerConfigSpec,
  syncerConfigName,
  type UpsyncSet,
} from '@kubestellar/api';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { Removability } from '../desired/brake/brake.ts';
import type { Unproven } from '../desired/proof.ts';
import { formatObjectKey, type LocalObject, type ObjectKey } from '../keys.ts';
import type { ConfigStore, Live } from './config-store.ts';
import { type Named, namedIn } from './named.ts';
import { distribute } from './parts.ts';
import { isEmptySpec, specOf } from './spec.ts';

/** An object that is wanted in a mailbox workspace. */
export interface WantedObject {
  named: Named;
  /** Some of its sources is of the API that the mailbox workspace has. */
  isAccepted: boolean;
  /** Whether an object that is not ours is in the place of the copy; `unknown` until the watch of its kind is listed. */
  isForeign: boolean | 'unknown';
}

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface ConfigDependencies {
  getMailbox(name: string): Mailbox | undefined;
  store: Pick<ConfigStore, 'read' | 'write' | 'remove'>;
  isDesired(mailbox: string, local: LocalObject): boolean;
  /** Whether an object that nobody wants may leave the mailbox workspace. */
  mayRemove(mailbox: string, local: LocalObject): Promise<Removability>;
  /** All that is wanted there and gets to the cluster. */
  listWanted(mailbox: Mailbox): Iterable<WantedObject>;
  /** Resources, other than those that are named anyway (`plural.group`), of which copies are left that nobody wants. */
  listLeftovers(mailbox: Mailbox, named: ReadonlySet<string>): readonly Resource[];
  /** What is to be upsynced. */
  listUpsync(mailbox: Mailbox): readonly UpsyncSet[];
}

/**
 * Makes the SyncerConfigs of a mailbox workspace name what is wanted there (docs/rules.md, semantics 6.5). An object
 * leaves them, and with that the cluster, only when it is proven unwanted, and the brake permits it. A resource stays
 * listed, without objects, as long as
 * unwanted copies of it are left: that is how a restarted translator knows what else to watch.
 * @returns Unproven when something stays listed only for want of proof, or is not listed because it is not known what has
 *   its name
 */
export async function reconcileConfigs(
  mailboxName: string,
  deps: ConfigDependencies,
): Promise<'done' | Unproven> {
  const mailbox = deps.getMailbox(mailboxName);
  if (!mailbox) return 'done';
  const live = await deps.store.read(mailbox);
  const listed = live.map(namedIn);
  const isUnwanted = ({ local }: Named) => !deps.isDesired(mailboxName, local);
  const unwanted = listed.flat().filter(isUnwanted);
  if (unwanted.length > 0 && (await mailbox.isOrphan())) return 'done';
  const { removable, unproven } = await findRemovable(unwanted, ({ local }) =>
    deps.mayRemove(mailboxName, local),
  );
  // What has come to be unwanted meanwhile has not been asked for.
  const kept = listed
    .flat()
    .filter((named) => isUnwanted(named) && !removable.has(formatObjectKey(named.local)));
  const wanted = [...deps.listWanted(mailbox)];
  const parts = distribute([...decideListed(wanted, listed), ...kept], listed);
  const leftovers = deps.listLeftovers(mailbox, resourcesIn(parts));
  const specs = specsOf(parts, leftovers, deps.listUpsync(mailbox));
  await act(mailbox, decideWrites(specs, live), deps.store);
  const isUnknown = wanted.some(({ isForeign }) => isForeign === 'unknown');
  if (unproven.length === 0 && !isUnknown) return 'done';
  return { isProven: false, outdated: unproven.flatMap(({ outdated }) => outdated) };
}

/** Whoever permits the removal of what is pending brings us back; what is not proven has to be asked for again. */
async function findRemovable(
  unwanted: readonly Named[],
  mayRemove: (named: Named) => Promise<Removability>,
): Promise<{ removable: Set<ObjectKey>; unproven: Unproven[] }> {
  const removable = new Set<ObjectKey>();
  const unproven: Unproven[] = [];
  // Together, so that those who have to ask a server share the request.
  const answers = await Promise.all(
    unwanted.map(async (named) => ({ named, answer: await mayRemove(named) })),
  );
  for (const { named, answer } of answers) {
    if (answer.isProven) removable.add(formatObjectKey(named.local));
    else if (!('isPending' in answer)) unproven.push(answer);
  }
  return { removable, unproven };
}

/**
 * What is of another API than its kind in the mailbox workspace, or has the name of an object that belongs there, does
 * not become listed: the syncer would send down what it finds. But what the cluster has of it from before stays there,
 * and so stays listed.
 */
export function decideListed(
  wanted: readonly WantedObject[],
  listed: readonly (readonly Named[])[],
): Named[] {
  let known: Set<ObjectKey> | undefined;
  const isListed = ({ local }: Named) => {
    known ??= new Set(listed.flat().map((each) => formatObjectKey(each.local)));
    return known.has(formatObjectKey(local));
  };
  return wanted.flatMap(({ named, isAccepted, isForeign }) =>
    (isAccepted && !isForeign) || isListed(named) ? [named] : [],
  );
}

function resourcesIn(parts: readonly Named[][]): Set<string> {
  return new Set(parts.flatMap((part) => part.map(({ local }) => local.groupResource)));
}

function specsOf(
  parts: readonly Named[][],
  leftovers: readonly Resource[],
  upsync: readonly UpsyncSet[],
): SyncerConfigSpec[] {
  return parts.map((part, n) => {
    if (n > 0) return specOf(part);
    return {
      ...specOf(part, leftovers),
      ...(upsync.length > 0 ? { upsync: [...upsync] } : {}),
      ...(parts.length > 1 ? { parts: parts.length - 1 } : {}),
    };
  });
}

/** What is to be written, in this order, and deleted after that. */
export interface Writes {
  writes: readonly { config: SyncerConfig; live: SyncerConfig | undefined }[];
  removals: readonly SyncerConfig[];
  /** There are, or were, several parts. */
  isParted: boolean;
}

/**
 * No object may be in none of the parts for a moment. What is there is written first: as long as one that `the-one`
 * announces is missing, the syncer takes nothing away, and the last one to be created completes them.
 */
export function decideWrites(specs: readonly SyncerConfigSpec[], live: Live): Writes {
  const isParted = specs.length > 1 || live.length > 1;
  const [first = {}] = specs;
  if (live.every((config) => !config) && isEmptySpec(first)) return { writes: [], removals: [], isParted };
  const numbers = specs.map((_, n) => n);
  const order = [...numbers.filter((n) => live[n]), ...numbers.filter((n) => !live[n])];
  const surplus = live.slice(specs.length).reverse();
  return {
    writes: order.map((n) => ({ config: configOf(n, specs[n] ?? {}), live: live[n] })),
    removals: surplus.filter((config) => config !== undefined),
    isParted,
  };
}

async function act(
  mailbox: Mailbox,
  { writes, removals, isParted }: Writes,
  store: ConfigDependencies['store'],
): Promise<void> {
  for (const { config, live } of writes) await store.write(mailbox, config, live, isParted);
  for (const config of removals) await store.remove(mailbox, config);
}

function configOf(n: number, spec: SyncerConfigSpec): SyncerConfig {
  return {
    apiVersion: `${SYNCER_CONFIGS.group}/${SYNCER_CONFIGS.version}`,
    kind: SYNCER_CONFIGS.kind,
    metadata: { name: syncerConfigName(n) },
    spec,
  };
}
