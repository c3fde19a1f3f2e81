import {
  CUSTOMIZER,
  CUSTOMIZERS,
  type Customizer,
  type KubeObject,
  LOCATIONS,
  type Location,
  type Resource,
  type SinglePlacement,
} from '@kubestellar/api';
import { clusterOf, formatKey, keyOf } from '@kubestellar/kube';
import type { CustomizeJob } from '../evaluation/jobs.ts';
import { expands } from './customize.ts';
import { digestOf } from './digest.ts';
import { parametersOf } from './parameters.ts';

/** What is to be done to an object for one destination, or why nothing can be. */
export interface Plan {
  /** Undefined when the object goes there as it is. */
  task: Omit<CustomizeJob, 'kind' | 'object'> | undefined;
  /** Digests of what the task is made of: the Customizer, and the parameters of the Location (its key), if needed. */
  from: { customizer: string; parameters: string; location: string };
  /** Why the object goes there as it is, in spite of what it asks for. */
  problems: readonly string[];
  /** What our caches lack; whether it is really not there can be asked before the object goes out as it is. */
  missing: readonly { resource: Resource; key: string }[];
  /** Differs whenever what the plan was made of differs. */
  version: string;
}

/** Finds what a plan is made of; undefined is proof of absence. */
export interface Lookup {
  customizer(key: string): Customizer | undefined;
  location(key: string): Location | undefined;
}

/** @returns the key of the Customizer that an object refers to; undefined when it refers to none that can exist */
export function customizerKeyOf(object: KubeObject): string | undefined {
  const reference = object.metadata.annotations?.[CUSTOMIZER] ?? '';
  const slash = reference.indexOf('/');
  const namespace = slash < 0 ? object.metadata.namespace : reference.slice(0, slash);
  const name = reference.slice(slash + 1);
  return namespace && name ? formatKey({ cluster: clusterOf(object), namespace, name }) : undefined;
}

/** @returns the key of the Location of a destination */
export function locationKeyOf({ cluster, locationName }: SinglePlacement): string {
  return formatKey({ cluster, namespace: '', name: locationName });
}

/** Whether the result depends on the Location (docs/rules.md, semantics 8.1). */
export function needsLocation(object: KubeObject, customizer: Customizer | undefined): boolean {
  return expands(object) || (customizer !== undefined && expands(customizer));
}

/**
 * Works out what is to be done to an object on its way to a mailbox workspace. If what it refers to can't be
 * found, that is nothing at all (docs/rules.md, semantics 8.1).
 * @param destinations those that the mailbox stands for: of several Locations the first, by cluster and name,
 *   counts that is there
 * @returns undefined when the object asks for no customization
 */
export function planFor(
  object: KubeObject,
  destinations: readonly SinglePlacement[],
  lookup: Lookup,
): Plan | undefined {
  const reference = object.metadata.annotations?.[CUSTOMIZER];
  if (!reference && !expands(object)) return undefined;
  const customizer = lookup.customizer(customizerKeyOf(object) ?? '');
  if (reference && !customizer) return withoutCustomizer(object, reference);
  const keys = destinations.map(locationKeyOf).sort();
  const location = keys.map((key) => lookup.location(key)).find((found) => found !== undefined);
  if (!needsLocation(object, customizer)) return planOf(object, customizer, undefined);
  return location ? planOf(object, customizer, location) : withoutLocation(destinations);
}

/** @param location whose parameters are used; undefined when none are */
function planOf(
  object: KubeObject,
  customizer: Customizer | undefined,
  location: Location | undefined,
): Plan {
  const parameters = location && [...parametersOf(location)];
  const from = {
    customizer: customizer ? customizerDigest(customizer) : '',
    parameters: location ? parametersDigest(location) : '',
    location: location ? keyOf(location) : '',
  };
  return {
    task: {
      ...(parameters && expands(object) ? { own: parameters } : {}),
      replacements: customizer?.replacements ?? [],
      ...(parameters && customizer && expands(customizer) ? { parameters } : {}),
    },
    from,
    problems: [],
    missing: [],
    version: `${from.customizer}/${from.parameters}`,
  };
}

/** @returns a digest of what a Customizer does, which is that of no other */
function customizerDigest(customizer: Customizer): string {
  return digestOf(customizer, () => [expands(customizer), customizer.replacements ?? []]);
}

/** @returns a digest of the parameters of a Location */
export function parametersDigest(location: Location): string {
  return digestOf(location, () => [...parametersOf(location)]);
}

function withoutCustomizer(object: KubeObject, reference: string): Plan {
  const key = customizerKeyOf(object);
  const reason = key
    ? 'this workspace has no such Customizer'
    : 'a cluster-scoped object must name it as namespace/name';
  const missing = key ? [{ resource: CUSTOMIZERS, key }] : [];
  return untouched(`annotation ${CUSTOMIZER}: "${reference}": ${reason}`, missing);
}

function withoutLocation(destinations: readonly SinglePlacement[]): Plan {
  const names = destinations.map(({ cluster, locationName }) => `"${locationName}" in workspace ${cluster}`);
  const missing = destinations.map((each) => ({ resource: LOCATIONS, key: locationKeyOf(each) }));
  return untouched(
    `parameters: Location ${names.join(' and ') || 'of the destination'} is not found`,
    missing,
  );
}

function untouched(problem: string, missing: Plan['missing']): Plan {
  const message = `${problem}; the object goes there as it is`;
  const from = { customizer: '', parameters: '', location: '' };
  return { task: undefined, from, problems: [message], missing, version: message };
}
