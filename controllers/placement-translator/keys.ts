import {
  groupResourceOf,
  type KubeObject,
  naturalNameOf,
  naturalOf,
  type Resource,
  type SinglePlacement,
  twinNameOf,
  twinOf,
} from '@kubestellar/api';

/**
 * A resource type as one watch across all workspaces sees it. Two workspaces may serve a resource of the
 * same group and name from different definitions: the identity tells them apart.
 */
export interface WatchedType {
  resource: Resource;
  /** '' for kinds native to kcp, 'crd' for kinds from CRDs, else the APIExport's identity hash. */
  identity: string;
  /** Its status is a field as any other: who returns it writes the object itself. */
  statusWithin?: boolean;
}

/** An object in a WMW, found again through the watch of its type. */
export interface Source {
  type: WatchedType;
  /** Key of the object in the type's informer: `cluster|namespace|name`. */
  key: string;
}

/** Why an object is wanted in one mailbox. */
export interface Want {
  source: Source;
  destinations: readonly SinglePlacement[];
  /** Some EdgePlacement asks for singleton reported state. */
  wantReturn: boolean;
}

/** @returns `<plural>.<group>/<identity>`, the key of a type's watch */
export const typeId = (type: WatchedType): string => `${groupResourceOf(type.resource)}/${type.identity}`;

/** @returns what identifies a source among all */
export const sourceId = (source: Source): string => `${typeId(source.type)}|${source.key}`;

/** The inverse of sourceId; the typeId names the watch of the source's type. */
export function parseSourceId(id: string): { watchId: string; key: string } {
  const bar = id.indexOf('|');
  return { watchId: id.slice(0, bar), key: id.slice(bar + 1) };
}

/** Names an object within one workspace, whatever the version or the identity of its type. */
export interface LocalObject {
  /** Of the twin, for kinds that have one: copies of both are twins. */
  groupResource: string;
  namespace: string;
  name: string;
}

/** @returns the LocalObject of an object of this type */
export function localObject(type: WatchedType, object: KubeObject): LocalObject {
  const { namespace = '', name } = object.metadata;
  return { groupResource: localResourceOf(type), namespace, name: twinNameOf(type.resource, name) };
}

/** @returns `plural.group` of a type's copies in mailbox workspaces */
export const localResourceOf = ({ resource }: WatchedType): string => groupResourceOf(twinOf(resource));

/** @returns the resources, `plural.group`, of which objects in WMWs become copies of this one */
export function sourceResourcesOf(groupResource: string): string[] {
  return [...new Set([groupResource, groupResourceOf(naturalOf(parseResource(groupResource)))])];
}

/** @returns the name that the source of a local object has, if it is of this type */
export function sourceNameOf({ resource }: WatchedType, { name }: LocalObject): string {
  const twin = twinOf(resource);
  return twin === resource ? name : naturalNameOf(twin, name);
}

/** @returns the name of the copies in mailbox workspaces, of an object that is known by its natural names */
export function copiedNameOf(groupResource: string, name: string): string {
  return twinNameOf(parseResource(groupResource), name);
}

/** @returns `plural.group` of the copies in mailbox workspaces, of what is known by its natural name */
export function copiedResourceOf(groupResource: string): string {
  return groupResourceOf(twinOf(parseResource(groupResource)));
}

function parseResource(groupResource: string): { plural: string; group: string } {
  const dot = groupResource.indexOf('.');
  return dot < 0
    ? { plural: groupResource, group: '' }
    : { plural: groupResource.slice(0, dot), group: groupResource.slice(dot + 1) };
}

/** @returns `groupResource|namespace|name` */
export const formatLocal = (object: LocalObject): string =>
  `${object.groupResource}|${object.namespace}|${object.name}`;

/** @returns `mailbox#local`, the name of one copy */
export function copyKey(mailbox: string, type: WatchedType, object: KubeObject): string {
  return `${mailbox}#${formatLocal(localObject(type, object))}`;
}

/** The inverse of formatLocal. */
export function parseLocal(text: string): LocalObject {
  const [groupResource = '', namespace = '', name = ''] = text.split('|');
  return { groupResource, namespace, name };
}
