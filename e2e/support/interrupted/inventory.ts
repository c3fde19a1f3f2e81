import { API_BINDINGS, LOCATIONS, SYNC_TARGETS, WORKSPACES, type Workspace } from '@kubestellar/api';
import { eventually } from '../eventually.ts';
import { essentialsOf, objectsIn } from './objects.ts';
import type { Place } from './place.ts';
import type { Row } from './trials.ts';

const KINDS = [API_BINDINGS, SYNC_TARGETS, LOCATIONS];

/** A workspace of its own for each try, so that the API is not bound there yet. */
export const INVENTORY_ROWS: readonly Row[] = [
  {
    title: 'ensure location',
    // Read, make, list and watch the binding; ask for the API until it is served (once or more); make the pair.
    fewest: 7,
    before: newWorkspace,
    args: (_, name) => ['ensure', 'location', '--imw', `root:${name}`, 'l', 'a=b', 'c=d'],
    state: pairs,
  },
  {
    title: 'remove location',
    fewest: 3,
    async before(place, name) {
      await newWorkspace(place, name);
      await place.must(['ensure', 'location', '--imw', `root:${name}`, 'l', 'a=b']);
    },
    args: (_, name) => ['remove', 'location', '--imw', `root:${name}`, 'l'],
    state: pairs,
  },
];

async function pairs({ root }: Place, name: string) {
  return essentialsOf(await objectsIn(root.workspace(`root:${name}`), KINDS));
}

async function newWorkspace({ root }: Place, name: string): Promise<void> {
  const workspace: Workspace = {
    apiVersion: 'tenancy.kcp.io/v1alpha1',
    kind: 'Workspace',
    metadata: { name },
    spec: { type: { name: 'universal', path: 'root' } },
  };
  await root.create(WORKSPACES, workspace, { fieldManager: 'user' });
  await eventually(
    `workspace ${name} to be ready`,
    () => root.get<Workspace>(WORKSPACES, { name }),
    (found) => found?.status?.phase === 'Ready',
    120,
  );
}
