/** A workspace, mailbox workspaces and a clock for tests of the brake. */
import { APPROVED_REMOVALS, type EdgePlacement } from '@kubestellar/api';
import { formatApproval } from '@kubestellar/rules';
import { placementOf } from '../../fixtures.ts';
import {
  type CopyKey,
  copyKey,
  formatObjectKey,
  type LocalObject,
  parseCopyKey,
  parseObjectKey,
} from '../../keys.ts';
import { Brake, type BrakeDependencies } from './brake.ts';
import { type CauseDependencies, type CopyRecord, findCause } from './cause.ts';

const local = (name: string): LocalObject => ({ groupResource: 'configmaps', namespace: 'ns', name });

/** @returns the key of a copy in a mailbox workspace */
export const keyOf = (mailbox: string, name: string): CopyKey =>
  copyKey(mailbox, formatObjectKey(local(name)));

/** An object of the workspace. */
interface Source {
  isSelected: boolean;
  isProtected?: boolean;
  isOrphaned?: boolean;
}

/**
 * One workspace with EdgePlacements (their uids are their names) that lead its selected objects to mailboxes, and the
 * copies that are there. `settle` does what the translator does, by a clock of its own.
 */
export class World {
  readonly sources = new Map<string, Source>();
  readonly placements = new Map<string, EdgePlacement>();
  readonly destinations: Set<string>;
  readonly copies = new Map<CopyKey, CopyRecord>();
  readonly log: string[] = [];
  isServed = true;
  isOrphan = false;
  now = 1_000_000;
  /** What others depend on. */
  defined = new Set<string>();
  readonly #due = new Map<string, number>();
  readonly #rechecks = new Set<CopyKey>();
  readonly #deps = this.#makeDeps();
  #brake = new Brake(this.#deps);

  constructor(count: number, mailboxes = ['m'], placements = ['p']) {
    this.destinations = new Set(mailboxes);
    for (const name of placements) {
      const placement = placementOf('w', name, {});
      placement.metadata.uid = name;
      placement.metadata.generation = 1;
      this.placements.set(name, placement);
    }
    for (let n = 0; n < count; n++) this.sources.set(`o${n}`, { isSelected: true });
  }

  /** Everything is looked at, and so much time passes (milliseconds). */
  async settle(ms: number): Promise<void> {
    this.#brake.placementsChanged();
    const keys = new Set(this.copies.keys());
    for (const mailbox of this.destinations)
      for (const name of this.sources.keys()) keys.add(keyOf(mailbox, name));
    for (const key of keys) await this.look(key);
    await this.tick(ms);
  }

  /** So much time passes (milliseconds), in which the brake does what it is due to do. */
  async tick(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; this.now += 50) await this.#pump();
    await this.#pump();
  }

  /** A copy is looked at, as the queue of copies does. */
  async look(key: CopyKey): Promise<void> {
    const { mailbox, object } = parseCopyKey(key);
    const { name } = parseObjectKey(object);
    const copy = this.copies.get(key);
    if (this.#wants(mailbox, name)) {
      this.#brake.forget(key);
      const { isProtected = false, isOrphaned = false } = this.sources.get(name) ?? {};
      this.copies.set(key, { placedBy: [...this.placements.keys()], definedBy: [], isProtected, isOrphaned });
    } else if (copy && (await this.#brake.ask(mailbox, local(name))).isProven) {
      this.copies.delete(key);
      this.#brake.forget(key);
      this.log.push(`remove ${name}`);
    }
  }

  /** Another process goes on. */
  restart(): void {
    this.#rechecks.clear();
    this.#due.clear();
    this.#brake = new Brake(this.#deps);
    this.#brake.inherit(this.placements.values());
  }

  pending(uid = 'p') {
    return this.#brake.pendingOf(uid);
  }

  forgetMailbox(mailbox: string): void {
    this.#brake.forgetMailbox(mailbox);
  }

  sourceChanged(name: string): void {
    this.#brake.sourceChanged(formatObjectKey(local(name)));
  }

  /** @returns how many copies a mailbox workspace has */
  left(mailbox = 'm'): number {
    return [...this.copies.keys()].filter((key) => parseCopyKey(key).mailbox === mailbox).length;
  }

  /** What the EdgePlacement's status names is approved. */
  approve(uid = 'p'): void {
    const placement = this.placements.get(uid);
    const removals = placement?.status?.removals;
    if (!placement || !removals) return;
    const approval = { [APPROVED_REMOVALS]: formatApproval(placement, removals) };
    placement.metadata.annotations = { ...placement.metadata.annotations, ...approval };
  }

  async #pump(): Promise<void> {
    for (const key of this.#rechecks) {
      this.#rechecks.delete(key);
      await this.look(key);
    }
    for (const [uid, time] of this.#due) if (time <= this.now) this.#count(uid);
  }

  /** As the queue of removals does, and whoever writes the status. */
  #count(uid: string): void {
    this.#due.delete(uid);
    const again = this.#brake.count(uid);
    if (again) this.#deps.onCount(uid, again.requeueAfter);
    const placement = this.placements.get(uid);
    const { count = 0, since } = this.#brake.pendingOf(uid) ?? {};
    if (placement) placement.status = since === undefined ? {} : { removals: { count, since } };
  }

  #wants(mailbox: string, name: string): boolean {
    const isSelected = this.sources.get(name)?.isSelected === true;
    return this.isServed && this.destinations.has(mailbox) && isSelected && this.placements.size > 0;
  }

  #makeDeps(): BrakeDependencies {
    const causes: CauseDependencies = {
      findWorkspace: (uid) => (this.placements.has(uid) ? 'w' : undefined),
      listWorkspaces: () => [{ cluster: 'w', placements: [...this.placements.keys()] }],
      getSource: (_, { name }) => {
        if (!this.isServed) return { state: 'unserved' };
        return this.sources.has(name) ? { state: 'there' } : { state: 'deleted', definers: [] };
      },
      isDefinerGone: async () => false,
    };
    return {
      prove: (mailbox, { name }) =>
        this.#wants(mailbox, name) ? { isProven: false, outdated: [] } : { isProven: true },
      getRecord: (mailbox, { name }) => this.copies.get(keyOf(mailbox, name)),
      hasDependents: (_, { name }) => this.defined.has(name) && this.copies.size > 1,
      findCause: (object, record) => findCause(causes, object, record),
      isOrphan: async () => this.isOrphan,
      findPlacement: (uid) => {
        const placement = this.placements.get(uid);
        return placement && { placement, hasCluster: this.destinations.size > 0 };
      },
      countPlaced: (_, mailbox) =>
        [...this.sources.keys()].filter((name) => this.#wants(mailbox, name)).length,
      now: () => this.now,
      onCount: (uid, after) =>
        void this.#due.set(uid, Math.min(this.#due.get(uid) ?? Number.POSITIVE_INFINITY, this.now + after)),
      onRecheck: (key) => void this.#rechecks.add(key),
      onReport: ({ metadata }) => void this.log.push(`report ${metadata.name}`),
      onStranded: (key) => void this.log.push(`stranded ${parseCopyKey(key).object}`),
    };
  }
}
