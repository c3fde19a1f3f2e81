import {
  denaturedName,
  denaturedResource,
  groupResourceOf,
  type KubeObject,
  nativeName,
  nativeResource,
  type Resource,
  type SinglePlacement,
} from '@kubestellar/api';
import { keyOf, parseKey } from '@kubestellar/kube';

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
  /** Key of the object in the type's informer (see keyOf). */
  key: string;
}

/** Why an object is wanted in one mailbox. */
export interface Want {
  source: Source;
  destinations: readonly SinglePlacement[];
  /** Some EdgePlacement asks for singleton reported state. */
  wantReturn: boolean;
  /** The uids of the EdgePlacements that lead it there, sorted; none for what only defines the kind of others. */
  placements?: readonly string[];
  /** Some of these leave it in the cluster when they end. */
  isOrphaned?: boolean;
}

/** Names an object within one workspace, whatever the version or the identity of its type. */
export interface LocalObject {
  /** Of the twin, for kinds that have one: copies of both are twins. */
  groupResource: string;
  namespace: string;
  name: string;
}

declare const kind: unique symbol;
type Branded<Kind extends string> = string & { readonly [kind]: Kind };

/** A LocalObject as text: `<plural>.<group>/namespace/name`. */
export type ObjectKey = Branded<'ObjectKey'>;
/** A Source as text: `<plural>.<group>/identity/cluster/namespace/name`. */
export type SourceKey = Branded<'SourceKey'>;
/** One copy: `mailbox/<plural>.<group>/namespace/name`. */
export type CopyKey = Branded<'CopyKey'>;
/** A copy whose customization is waited for: `workspace/` and its CopyKey. */
export type CustomizedKey = Branded<'CustomizedKey'>;
/** A workspace, or one Namespace of it: `cluster` or `cluster/namespace`. */
export type ScopeKey = Branded<'ScopeKey'>;

/** Of all names that Kubernetes takes none has a slash; those of RBAC objects may have anything else. */
const SEPARATOR = '/';

function format<Key extends string>(...parts: readonly string[]): Key {
  return parts.join(SEPARATOR) as Key;
}

/** The inverse of `format`: the last part, if it is a key itself, takes all that is left. */
function parse(key: string, count: number): string[] {
  const parts = key.split(SEPARATOR);
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(SEPARATOR)];
}

/** @returns `<plural>.<group>/<identity>`, the key of a type's watch */
export const typeId = (type: WatchedType): string => format(groupResourceOf(type.resource), type.identity);

/** @returns what identifies a source among all */
export const sourceKey = (source: Source): SourceKey => format(typeId(source.type), source.key);

/** @returns the key of an object of this type as a source */
export const sourceKeyOf = (type: WatchedType, object: KubeObject): SourceKey =>
  sourceKey({ type, key: keyOf(object) });

/** The inverse of sourceKey; the typeId names the watch of the source's type. */
export function parseSourceKey(source: SourceKey): { typeId: string; key: string } {
  const [groupResource = '', identity = '', key = ''] = parse(source, 3);
  return { typeId: format(groupResource, identity), key };
}

/** @returns the workspace (its cluster) that a source is in */
export const workspaceOf = (source: SourceKey): string => parseKey(parseSourceKey(source).key).cluster;

export const formatObjectKey = ({ groupResource, namespace, name }: LocalObject): ObjectKey =>
  format(groupResource, namespace, name);

/** The inverse of formatObjectKey. */
export function parseObjectKey(key: ObjectKey): LocalObject {
  const [groupResource = '', namespace = '', name = ''] = parse(key, 3);
  return { groupResource, namespace, name };
}

/** @returns the name of one copy */
export const copyKey = (mailbox: string, object: ObjectKey): CopyKey => format(mailbox, object);

/** @returns the name of the copy that an object of this type has, or is, in a mailbox workspace */
export const copyKeyOf = (mailbox: string, type: WatchedType, object: KubeObject): CopyKey =>
  copyKey(mailbox, formatObjectKey(localObject(type, object)));

/** The inverse of copyKey. */
export function parseCopyKey(key: CopyKey): { mailbox: string; object: ObjectKey } {
  const [mailbox = '', object = ''] = parse(key, 2);
  return { mailbox, object: object as ObjectKey };
}

/** @param workspace (its cluster) of the source whose customization is waited for */
export const customizedKey = (workspace: string, copy: CopyKey): CustomizedKey => format(workspace, copy);

/** The inverse of customizedKey. */
export function parseCustomizedKey(key: CustomizedKey): { workspace: string; copy: CopyKey } {
  const [workspace = '', copy = ''] = parse(key, 2);
  return { workspace, copy: copy as CopyKey };
}

/** @param namespace undefined for the whole workspace */
export const scopeKey = (cluster: string, namespace?: string): ScopeKey =>
  namespace === undefined ? format(cluster) : format(cluster, namespace);

/** The inverse of scopeKey. */
export function parseScopeKey(key: ScopeKey): { cluster: string; namespace: string | undefined } {
  const [cluster = '', namespace] = key.split(SEPARATOR);
  return { cluster, namespace };
}

/** @returns a kind (`<plural>.<group>`) of one mailbox workspace */
export const kindKey = (mailbox: string, groupResource: string): string => format(mailbox, groupResource);

/** @returns the LocalObject of an object of this type */
export function localObject(type: WatchedType, object: KubeObject): LocalObject {
  const { namespace = '', name } = object.metadata;
  return { groupResource: localResourceOf(type), namespace, name: denaturedName(type.resource, name) };
}

/** @returns `plural.group` of a type's copies in mailbox workspaces */
export const localResourceOf = ({ resource }: WatchedType): string =>
  groupResourceOf(denaturedResource(resource));

/** @returns the resources, `plural.group`, of which objects in WMWs become copies of this one */
export function sourceResourcesOf(groupResource: string): string[] {
  return [...new Set([groupResource, groupResourceOf(nativeResource(parseResource(groupResource)))])];
}

/** @returns the name that the source of a local object has, if it is of this type */
export function sourceNameOf({ resource }: WatchedType, { name }: LocalObject): string {
  const denatured = denaturedResource(resource);
  return denatured === resource ? name : nativeName(denatured, name);
}

/** @returns the name of the copies in mailbox workspaces, of an object that is known by its natural names */
export function copiedNameOf(groupResource: string, name: string): string {
  return denaturedName(parseResource(groupResource), name);
}

/** @returns `plural.group` of the copies in mailbox workspaces, of what is known by its natural name */
export function copiedResourceOf(groupResource: string): string {
  return groupResourceOf(denaturedResource(parseResource(groupResource)));
}

function parseResource(groupResource: string): { plural: string; group: string } {
  const dot = groupResource.indexOf('.');
  return dot < 0
    ? { plural: groupResource, group: '' }
    : { plural: groupResource.slice(0, dot), group: groupResource.slice(dot + 1) };
}
