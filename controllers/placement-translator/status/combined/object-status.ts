/** Adds up what is known of one object on each of its clusters; pure. */
import type { ClusterCounts, CombinedFailure, KubeObject, Replicas } from '@kubestellar/api';
import { compareText } from '@kubestellar/kube';
import type { Problem } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';
import type { Reported } from './availability.ts';
import type { CopyState } from './reports.ts';

/** One object on one cluster. */
export interface ClusterFact extends Reported {
  mailbox: string;
  /** How people call the cluster: the name of its Location. */
  location: string;
  /** Of the Location. */
  labels: { [key: string]: string };
  state: CopyState;
  /** The copy in the mailbox workspace, where somebody asks for it. */
  copy?: KubeObject;
}

/** The sums over some clusters. */
export interface Tally extends Required<ClusterCounts> {
  replicas?: Replicas;
  /** Locations of the clusters of which nothing is known. */
  silent: readonly string[];
  failures: Failures;
}

/** Clusters by what is wrong there. */
export type Failures = ReadonlyMap<string, { problem: Problem; locations: readonly string[] }>;

/** Of more groups, or clusters in a group, only the numbers are told: no object grows with them. */
const MAX_GROUPS = 10;
const MAX_NAMES = 5;

/** @returns the sums over these clusters */
export function tallyOf(facts: readonly ClusterFact[]): Tally {
  const counts = { wanted: facts.length, applied: 0, failing: 0, available: 0, unknown: 0 };
  const silent: string[] = [];
  const failures = new Map<string, { problem: Problem; locations: string[] }>();
  let replicas: Replicas | undefined;
  for (const fact of facts) {
    if (fact.state === 'unknown') {
      counts.unknown++;
      silent.push(fact.location);
      continue;
    }
    if (fact.state === 'applied') counts.applied++;
    if (fact.available ?? fact.state === 'applied') counts.available++;
    if (fact.replicas) replicas = sum(replicas, fact.replicas);
    if (typeof fact.state === 'string') continue;
    counts.failing++;
    const key = problemKey(fact.state);
    const group = failures.get(key) ?? { problem: fact.state, locations: [] };
    group.locations.push(fact.location);
    failures.set(key, group);
  }
  return { ...counts, ...(replicas ? { replicas } : {}), failures, silent };
}

/** Whether two tallies say the same. */
export function isSameTally(a: Tally, b: Tally): boolean {
  const { failures: failuresOfA, ...countsOfA } = a;
  const { failures: failuresOfB, ...countsOfB } = b;
  if (failuresOfA.size !== failuresOfB.size || !dequal(countsOfA, countsOfB)) return false;
  return [...failuresOfA].every(([key, { locations }]) => dequal(failuresOfB.get(key)?.locations, locations));
}

/** @returns what tells one problem from another */
export function problemKey({ reason, message }: Problem): string {
  return `${reason}|${message}`;
}

/** @returns the failures as they are told: grouped, the most frequent first, cut to a bounded size */
export function toldFailures(failures: Failures): CombinedFailure[] {
  const sorted = [...failures.values()].sort(
    (a, b) =>
      b.locations.length - a.locations.length || compareText(problemKey(a.problem), problemKey(b.problem)),
  );
  const told = sorted.slice(0, MAX_GROUPS).map(({ problem, locations }) => {
    return { ...problem, count: locations.length, clusters: fewOf(locations) };
  });
  const rest = sorted.slice(MAX_GROUPS);
  if (rest.length === 0) return told;
  const count = rest.reduce((all, { locations }) => all + locations.length, 0);
  return [...told, { reason: 'Various', message: `${rest.length} more messages`, count }];
}

/** @returns some of the names, in their order, so that no object grows with them */
export function fewOf(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(compareText).slice(0, MAX_NAMES);
}

function sum(a: Replicas | undefined, b: Replicas): Replicas {
  const all: Replicas = { ...a };
  for (const name of Object.keys(b) as (keyof Replicas)[]) all[name] = (all[name] ?? 0) + (b[name] ?? 0);
  return all;
}
