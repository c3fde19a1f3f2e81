import type { KubeObject, Resource } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

/** Bindings that kcp makes in each workspace, with names by chance. */
const KCP_S_OWN = /^(tenancy|topology)\.kcp\.io-/;
/** Labels that kcp gives to bindings and to what is in its virtual workspaces; some with its own identities. */
const KCP_S_LABELS = /^(claimed\.)?internal\.apis\.kcp\.io\//;

/** Fields that say what an object is for, of whatever kind. */
const FIELDS = ['spec', 'type', 'rules', 'roleRef', 'subjects'] as const;

/** An object without what differs between two times of making it. */
export type Essentials = Record<string, unknown>;

/** Reads all objects of some kinds in a workspace, but those that kcp makes. */
export async function objectsIn(
  workspace: KubeClient,
  resources: readonly Resource[],
): Promise<KubeObject[]> {
  const lists = await Promise.all(resources.map((resource) => workspace.list<KubeObject>(resource)));
  return resources.flatMap(({ kind }, index) =>
    (lists[index] ?? [])
      .filter(({ metadata }) => !KCP_S_OWN.test(metadata.name))
      .map((object) => ({ ...object, kind })),
  );
}

/** @returns what counts of objects, sorted */
export function essentialsOf(objects: readonly KubeObject[]): Essentials[] {
  return objects
    .map(({ kind, metadata, ...rest }) => {
      const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !KCP_S_LABELS.test(key));
      const fields = FIELDS.map((field) => [field, Reflect.get(rest, field)] as const);
      return {
        kind,
        name: metadata.name,
        labels: Object.fromEntries(labels),
        ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
      };
    })
    .sort((a, b) => `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`));
}
