/** What KubeStellar serves, and how (api 1, 3.7, 4, 5). */
import {
  API_BINDINGS,
  type APIBinding,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_PLACEMENTS,
  type KubeObject,
  WMW_BINDING,
} from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { fresh, leadsTo, place, read } from '../objects.ts';
import { area } from './area.ts';

export const api = area();

interface Served {
  name: string;
  kind: string;
  namespaced: boolean;
  shortNames?: string[];
}

api(
  'api 1a, 1b, 3.8a: the group has its kinds in one version, with their short names and scopes; those with a status have it as a subresource',
  async ({ wmw }) => {
    const { versions } = await wmw.request<{ versions: { version: string }[] }>(
      'GET',
      '/apis/edge.kubestellar.io',
    );
    assert.equal(
      versions.map(({ version }) => version),
      ['v2alpha1'],
    );
    const { resources } = await wmw.request<{ resources: Served[] }>(
      'GET',
      '/apis/edge.kubestellar.io/v2alpha1',
    );
    const lines = resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, shortNames = [] }) =>
        [kind, name, namespaced ? 'Namespaced' : 'Cluster', ...shortNames].join(' '),
      );
    assert.equal(lines.sort(), [
      'CombinedStatus combinedstatuses Namespaced cst',
      'Customizer customizers Namespaced',
      'EdgePlacement edgeplacements Cluster epl',
      'EdgeSyncConfig edgesyncconfigs Cluster esc',
      'Location locations Cluster',
      'SinglePlacementSlice singleplacementslices Cluster sps',
      'StatusCollector statuscollectors Cluster stc',
      'SyncTarget synctargets Cluster',
      'SyncerConfig syncerconfigs Cluster escfg',
    ]);
    const subresources = resources.map(({ name }) => name).filter((name) => name.includes('/'));
    assert.equal(
      subresources.sort(),
      [
        'edgeplacements',
        'edgesyncconfigs',
        'locations',
        'statuscollectors',
        'syncerconfigs',
        'synctargets',
      ].map((name) => `${name}/status`),
    );
  },
);

api(
  'api 1b: a write of the object leaves its status alone, and the status its generation',
  async ({ wmw }) => {
    const name = fresh();
    await place(wmw, name, []);
    await leadsTo(wmw, name, ['edge1 edge1']);
    const { generation } = (await read(wmw, EDGE_PLACEMENTS, name))?.metadata ?? {};
    const status = {
      conditions: [{ type: 'Mine', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    };
    const written = await wmw.mergePatch<KubeObject>(EDGE_PLACEMENTS, { name }, { status }, USER);
    assert.not.match(JSON.stringify(written.status ?? {}), 'Mine');
    assert.is(generation, 1);
  },
);

api('api 1.1d: a workload workspace has our API by a binding, not as definitions', async ({ wmw }) => {
  const binding = await wmw.get<APIBinding>(API_BINDINGS, { name: WMW_BINDING });
  assert.equal(binding?.spec?.reference.export, { path: 'root:espw', name: 'edge.kubestellar.io' });
  const definitions = await wmw.list<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS);
  assert.not(definitions.some(({ metadata }) => metadata.name.endsWith('.edge.kubestellar.io')));
});

api('api 3.6c, 3.7b: kubectl shows the columns of Locations and SyncTargets', async ({ shell }) => {
  const columns = async (kind: string, flags = '') => {
    const text = await shell(
      `kubectl ws root:imw1 >/dev/null && kubectl get ${kind}.edge.kubestellar.io edge1 ${flags}`,
    );
    return text.split('\n').map((line) => line.split(/ {2,}/));
  };
  const [titles = [], values = []] = await columns('locations');
  assert.equal(titles.slice(0, 5), ['NAME', 'RESOURCE', 'AVAILABLE', 'INSTANCES', 'LABELS']);
  assert.equal(values.slice(0, 4), ['edge1', 'synctargets', '1', '1']);
  assert.equal((await columns('synctargets'))[0], ['NAME', 'AGE']);
  const [wide = []] = await columns('synctargets', '-o wide');
  assert.equal(wide, ['NAME', 'LOCATION', 'READY', 'SYNCED API RESOURCES', 'KEY', 'AGE']);
});
