/** The brake: what no user has asked to remove stays until it is certain that this is no mistake (docs/decisions/0016). */
import { APPROVED_REMOVALS, type EdgePlacement } from '@kubestellar/api';
import type { RequeueAfter } from '@kubestellar/kube';
import { parseApproval } from '@kubestellar/rules';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  type LocalObject,
  type ObjectKey,
  parseCopyKey,
} from '../../keys.ts';
import type { Proof } from '../proof.ts';
import { Batch, type Pending } from './batches.ts';
import type { Cause, CopyRecord } from './cause.ts';
import { decideBrake, QUIET, RECENT } from './decide.ts';

/** How soon a removal that has become pending, or is so no more, is counted (milliseconds). */
const GATHER = 50;

/** An EdgePlacement that exists. */
export interface BrakedPlacement {
  placement: EdgePlacement;
  /** Some cluster is left to it, or it is not known which are. */
  hasCluster: boolean;
}

/** What the brake reads, and whom it notifies, as functions so that tests need no server. */
export interface BrakeDependencies {
  prove(mailbox: string, local: LocalObject): Proof;
  /** What the copy says of itself; `unlisted` until the watch of its kind is complete, undefined when there is none of ours. */
  getRecord(mailbox: string, local: LocalObject): CopyRecord | 'unlisted' | undefined;
  /** Whether a copy that others depend on has some of these left: objects of the kind that a CRD defines. */
  hasDependents(mailbox: string, local: LocalObject): boolean;
  findCause(local: LocalObject, record: CopyRecord): Promise<Cause>;
  /** Asks the server whether the mailbox workspace is about to end, with all that is in it. */
  isOrphan(mailbox: string): Promise<boolean>;
  /** An EdgePlacement that exists and is not being deleted. */
  findPlacement(uid: string): BrakedPlacement | undefined;
  /** How many copies an EdgePlacement wants in a mailbox workspace. */
  countPlaced(uid: string, mailbox: string): number;
  now(): number;
  /** Notified of an EdgePlacement (its uid) whose removals are to be counted anew. */
  onCount(uid: string, after: number): void;
  /** Notified of a copy that is to be looked at again. */
  onRecheck(key: CopyKey): void;
  /** Notified of an EdgePlacement whose pending removals are others now. */
  onReport(placement: EdgePlacement): void;
  /** Notified once of a protected copy without an EdgePlacement that could approve its removal. */
  onStranded(key: CopyKey): void;
}

/** Something is removed when that is proven and permitted. Nobody needs to ask again for what is not permitted yet. */
export type Removability = Proof | { isProven: false; isPending: true; outdated: readonly [] };

/** What an EdgePlacement's user is to see of its pending removals. */
export interface PendingRemovals {
  count: number;
  /** Nothing of it waits for anything: it is being removed. */
  isPermitted: boolean;
  /** Since when they await approval; undefined while that is not decided. */
  since: string | undefined;
  /** Some of the copies, and of the mailboxes that they are in. */
  some: readonly ObjectKey[];
  mailboxes: readonly string[];
}

const PROVEN: Removability = { isProven: true };
const PENDING: Removability = { isProven: false, isPending: true, outdated: [] };
const UNPROVEN: Removability = { isProven: false, outdated: [] };
const SOME = 5;

/**
 * Permits the removal of copies. All that it remembers is found again by asking for each copy that nobody wants, as
 * happens after a restart; that removals await approval is in the EdgePlacement's status.
 */
export class Brake {
  readonly #deps: BrakeDependencies;
  readonly #pending = new Map<CopyKey, Pending>();
  readonly #byObject = new Map<ObjectKey, Set<CopyKey>>();
  readonly #batches = new Map<string, Batch>();
  /** Protected copies without an EdgePlacement. */
  readonly #stranded = new Set<CopyKey>();

  constructor(deps: BrakeDependencies) {
    this.#deps = deps;
  }

  /** Takes up what awaited approval when an earlier process ended: it does so still, whatever the count. */
  inherit(placements: Iterable<EdgePlacement>): void {
    for (const { metadata, status } of placements) {
      if (!status?.removals || metadata.uid === undefined) continue;
      const batch = this.#newBatch(metadata.uid);
      batch.since = status.removals.since;
      batch.isHeld = true;
      batch.inherited = status.removals.count;
      this.#deps.onCount(metadata.uid, QUIET);
    }
  }

  /** Whether an object may leave a mailbox workspace, and the SyncerConfig there. */
  async ask(mailbox: string, local: LocalObject): Promise<Removability> {
    const key = copyKey(mailbox, formatObjectKey(local));
    const known = this.#current(key);
    if (known && !isPermitted(known)) return PENDING;
    const proof = this.#deps.prove(mailbox, local);
    if (!proof.isProven) return proof;
    const answer = known ? proof : await this.#consider(key, mailbox, local);
    // Its end would take them along.
    return answer.isProven && this.#deps.hasDependents(mailbox, local) ? PENDING : answer;
  }

  /** What is known of a pending removal, unless it may be another by now. */
  #current(key: CopyKey): Pending | undefined {
    const known = this.#pending.get(key);
    return known?.isStale ? undefined : known;
  }

  async #consider(key: CopyKey, mailbox: string, local: LocalObject): Promise<Removability> {
    const record = this.#deps.getRecord(mailbox, local);
    if (record === 'unlisted') return UNPROVEN;
    if (record === undefined) {
      this.forget(key);
      return PROVEN;
    }
    const { placements, isProtected } = await this.#deps.findCause(local, record);
    const isFree = !isProtected && placements.every((uid) => this.#isImmediate(uid));
    if (!isFree && (await this.#deps.isOrphan(mailbox))) return PENDING;
    // Meanwhile somebody may want it, or have asked.
    const proof = this.#deps.prove(mailbox, local);
    if (!proof.isProven) return proof;
    const known = this.#current(key);
    if (known) return isPermitted(known) ? PROVEN : PENDING;
    if (this.#keepPermission(key, placements)) return PROVEN;
    this.forget(key);
    if (isFree) return PROVEN;
    if (placements.length === 0) {
      this.#stranded.add(key);
      this.#deps.onStranded(key);
    } else this.#add({ key, mailbox, placements, isProtected, permitted: new Set(), isStale: false });
    return PENDING;
  }

  /** What its EdgePlacements have permitted they need not permit again when another one is gone. */
  #keepPermission(key: CopyKey, placements: readonly string[]): boolean {
    const before = this.#pending.get(key);
    if (!before || placements.length === 0 || !placements.every((uid) => before.permitted.has(uid)))
      return false;
    for (const uid of before.placements)
      if (!placements.includes(uid)) this.#batches.get(uid)?.forget(before);
    this.#pending.set(key, { ...before, placements, isStale: false });
    return true;
  }

  #add(pending: Pending): void {
    const { key, placements } = pending;
    this.#pending.set(key, pending);
    const { object } = parseCopyKey(key);
    this.#byObject.set(object, (this.#byObject.get(object) ?? new Set()).add(key));
    for (const uid of placements) {
      const batch = this.#batches.get(uid) ?? this.#newBatch(uid);
      batch.add(pending, this.#deps.now());
      this.#deps.onCount(uid, GATHER);
    }
  }

  /** Somebody wants an object again, or its copy is gone. */
  forget(key: CopyKey): void {
    this.#stranded.delete(key);
    const pending = this.#pending.get(key);
    if (!pending) return;
    this.#pending.delete(key);
    const { object } = parseCopyKey(key);
    const same = this.#byObject.get(object);
    same?.delete(key);
    if (same?.size === 0) this.#byObject.delete(object);
    for (const uid of pending.placements) {
      this.#batches.get(uid)?.forget(pending);
      this.#deps.onCount(uid, GATHER);
    }
  }

  /** A mailbox workspace is gone, with all that was in it. */
  forgetMailbox(mailbox: string): void {
    const all = [...this.#pending.keys(), ...this.#stranded];
    for (const key of all) if (parseCopyKey(key).mailbox === mailbox) this.forget(key);
  }

  /** A source has changed, or is gone: what led to the pending removal of its copies is found out anew. */
  sourceChanged(object: ObjectKey): void {
    for (const key of this.#byObject.get(object) ?? []) this.#recheck(key);
  }

  /** EdgePlacements have changed, or are gone. */
  placementsChanged(): void {
    for (const uid of this.#batches.keys()) this.#deps.onCount(uid, GATHER);
  }

  #recheck(key: CopyKey): void {
    const pending = this.#pending.get(key);
    if (pending) pending.isStale = true;
    this.#deps.onRecheck(key);
  }

  /** Counts the pending removals of an EdgePlacement, and permits what may be removed. */
  count(uid: string): RequeueAfter | undefined {
    const batch = this.#batches.get(uid);
    if (!batch) return undefined;
    const found = this.#deps.findPlacement(uid);
    if (!found) {
      // It is gone, which is what a user has asked for.
      for (const key of [...batch.keys(true)]) this.#recheck(key);
      if (batch.isSettled) this.#batches.delete(uid);
      return undefined;
    }
    if (batch.total > 0 && batch.spent > 0 && batch.leaving === 0) batch.end('held');
    const again = batch.total > 0 ? this.#decide(uid, batch, found) : undefined;
    if (batch.isSettled) batch.end('free');
    this.#report(batch, found.placement);
    if (batch.isOver) this.#batches.delete(uid);
    return again ?? (batch.isSettled && !batch.isOver ? { requeueAfter: RECENT } : undefined);
  }

  #decide(uid: string, batch: Batch, { placement, hasCluster }: BrakedPlacement): RequeueAfter | undefined {
    const now = this.#deps.now();
    const decision = decideBrake({
      isImmediate: placement.spec?.removals === 'Immediate',
      hasCluster,
      clusters: batch.counts(now, (mailbox) => this.#deps.countPlaced(uid, mailbox)),
      isHeld: batch.isHeld,
      approved: approvedFor(placement, batch.since),
      spent: batch.spent,
      total: batch.total,
      ...batch.times(now),
    });
    if (decision.do === 'remove') this.#permit(uid, batch, decision.why);
    if (decision.do === 'hold') batch.isHeld = true;
    if (batch.isHeld || batch.hasProtected) batch.since ??= new Date(now).toISOString();
    const after = decision.do === 'remove' ? undefined : decision.after;
    return after === undefined ? undefined : { requeueAfter: after };
  }

  #permit(uid: string, batch: Batch, why: 'immediate' | 'approved' | 'few'): void {
    for (const key of [...batch.keys(why === 'approved')]) {
      const pending = this.#pending.get(key);
      if (!pending) continue;
      if (why === 'approved') batch.release(pending);
      else batch.take(pending);
      pending.permitted.add(uid);
      if (why === 'few') batch.noteRemoval(pending.mailbox, this.#deps.now());
      if (isPermitted(pending)) this.#deps.onRecheck(key);
    }
    if (why === 'immediate') batch.isHeld = false;
  }

  /** @returns what is pending of an EdgePlacement; undefined when nothing is */
  pendingOf(uid: string): PendingRemovals | undefined {
    const batch = this.#batches.get(uid);
    const count = batch ? batch.total + batch.leaving || batch.inherited : 0;
    if (!batch || count === 0) return undefined;
    const some = firstOf(batch.keys(true)).map(parseCopyKey);
    const mailboxes = new Set([...firstOf(batch.mailboxes()), ...some.map(({ mailbox }) => mailbox)]);
    return {
      count,
      isPermitted: batch.total === 0 && batch.leaving > 0,
      since: batch.since,
      some: some.map(({ object }) => object),
      mailboxes: [...mailboxes],
    };
  }

  #report(batch: Batch, placement: EdgePlacement): void {
    const now = `${batch.total} ${batch.leaving > 0} ${batch.since}`;
    if (batch.reported === now) return;
    batch.reported = now;
    this.#deps.onReport(placement);
  }

  #newBatch(uid: string): Batch {
    const batch = new Batch();
    this.#batches.set(uid, batch);
    return batch;
  }

  #isImmediate(uid: string): boolean {
    return this.#deps.findPlacement(uid)?.placement.spec?.removals === 'Immediate';
  }
}

function firstOf<T>(all: Iterable<T>): T[] {
  const first: T[] = [];
  for (const each of all) if (first.push(each) === SOME) break;
  return first;
}

/** How many removals the annotation approves that have been awaiting approval since then. */
function approvedFor({ metadata }: EdgePlacement, since: string | undefined): number | undefined {
  const approval = parseApproval(metadata.annotations?.[APPROVED_REMOVALS]);
  const isThis = approval?.generation === (metadata.generation ?? 0) && approval.since === since;
  return isThis ? approval?.count : undefined;
}

function isPermitted({ placements, permitted }: Pending): boolean {
  return placements.every((uid) => permitted.has(uid));
}
