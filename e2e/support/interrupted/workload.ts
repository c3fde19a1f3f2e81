import { API_BINDINGS, WORKSPACES } from '@kubestellar/api';
import { eventually } from '../eventually.ts';
import { essentialsOf, objectsIn } from './objects.ts';
import type { Place } from './place.ts';
import type { Row } from './trials.ts';

/** A whole workspace takes kcp several seconds; of its 21 bindings, which are alike, these stand for all. */
const TWO = ['bind-batch', 'bind-policy'];

/** From nothing, with all bindings: for nightly runs. */
const FROM_NOTHING: Row = {
  title: 'ensure wmw',
  // One for each binding, and one to see that it is served.
  fewest: 46,
  alternates: true,
  args: (_, name) => ['ensure', 'wmw', name],
  state: bindings,
};

export const WORKLOAD_ROWS: readonly Row[] = [
  {
    title: 'ensure wmw --with-kube false',
    fewest: 6,
    args: (_, name) => ['ensure', 'wmw', name, '--with-kube', 'false'],
    state: bindings,
  },
  {
    title: 'ensure wmw, of whose bindings two are missing',
    fewest: 8,
    before: twoMissing,
    args: ({ name }) => ['ensure', 'wmw', name],
    state: (place) => bindings(place, place.name),
  },
  ...(process.env.KUBESTELLAR_EVERY_REQUEST === 'yes' ? [FROM_NOTHING] : []),
  {
    title: 'remove wmw',
    fewest: 6,
    before: (place, name) => place.must(['ensure', 'wmw', name, '--with-kube', 'false']),
    args: (_, name) => ['remove', 'wmw', name],
    state: async ({ root }, name) => (await root.get(WORKSPACES, { name }))?.metadata.name ?? 'gone',
  },
];

/** All are bound: that is what the command waits for. */
async function bindings({ root }: Place, name: string) {
  const found = await objectsIn(root.workspace(`root:${name}`), [API_BINDINGS]);
  const phases = found.map((object) => (object as { status?: { phase?: string } }).status?.phase);
  return { bindings: essentialsOf(found), phases };
}

/** Each place has one workspace for this, of the place's name. */
async function twoMissing(place: Place): Promise<void> {
  const { name, root } = place;
  if (!(await root.get(WORKSPACES, { name }))) await place.must(['ensure', 'wmw', name]);
  const workspace = root.workspace(`root:${name}`);
  for (const binding of TWO) await workspace.delete(API_BINDINGS, { name: binding });
  await eventually(
    `${TWO} to be gone from ${name}`,
    () => workspace.list(API_BINDINGS),
    (all) => !all.some(({ metadata }) => TWO.includes(metadata.name)),
    120,
  );
}
