/** What a core has outlives it in a file. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@kubestellar/testing';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

/** While the core is there. */
export const backup = area<Release>();
/** In another core, that was deployed after the former one was deleted. */
export const restoration = area<Release>();

/** In another namespace: the release that the backup is of, and the one that gets its data. */
export const move = area<{ readonly from: Release; readonly to: Release }>();

const fileOf = async ({ hosting }: Release) => join(await hosting.scratch('backup'), 'core.backup');
const LIST = 'kubectl ws :root >/dev/null && kubectl get workspaces -o name';

backup('a backup is written, and the core goes on', async (release) => {
  const file = await fileOf(release);
  const { hosting, namespace } = release;
  await release.inCore(
    'kubectl ws :root:wmw1 >/dev/null && kubectl create configmap in-backup --from-literal=a=b',
  );
  await hosting.must(`kubectl kubestellar backup -n ${namespace} -o ${file}
    cp ${release.kubeconfig} ${file}.kubeconfig`);
  assert.is((await stat(file)).mode & 0o777, 0o600);
  await release.untilReady();
  await release.inCore('kubectl ws :root:wmw1 >/dev/null && kubectl create configmap after-backup');
});

restoration(
  'a backup of the deleted core is restored: data, keys and kubeconfigs of that time',
  async (release) => {
    const file = await fileOf(release);
    const { hosting, namespace } = release;
    await release.fetchKubeconfig();
    assert.not.match(await release.inCore(LIST), '/kept');
    await hosting.must(`kubectl kubestellar restore -n ${namespace} -i ${file}
    cp ${file}.kubeconfig ${release.kubeconfig}`);
    await release.untilReady();
    await hasData(release);
  },
);

move(
  'a backup is restored into the core of another namespace, and a kubeconfig of that core reaches it',
  async ({ from, to }) => {
    await to.hosting.must(`kubectl kubestellar restore -n ${to.namespace} -i ${await fileOf(from)}`);
    await to.untilReady();
    await to.fetchKubeconfig();
    await hasData(to);
    const server = await to.inCore('kubectl ws wmw1 >/dev/null && kubectl config view --minify');
    assert.match(server, `:${to.nodePort}/clusters/root:wmw1`);
  },
);

async function hasData(release: Release): Promise<void> {
  const found = await release.inCore('kubectl ws :root:wmw1 >/dev/null && kubectl get configmaps -o name');
  assert.match(found, 'in-backup');
  assert.not.match(found, 'after-backup');
  assert.match(await release.inCore(LIST), '/kept');
}
