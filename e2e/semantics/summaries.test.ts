/** What becomes of objects on their clusters is summed up in the WMW: counts, replicas, tables. */
import {
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type KubeObject,
  PODS,
  type Resource,
  STATEFUL_SETS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { shellBlocks } from '../support/documents.ts';
import { LocalHome } from '../support/local.ts';
import {
  closeServers,
  combinedStatus,
  counts,
  placement,
  placementStatus,
  type Servers,
  startServers,
  USER,
} from './summary-support.ts';

const test = suite('summaries', { timeout: 300_000 });

const N = 'sums';
const JOBS: Resource = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true };
const DAEMON_SETS: Resource = { ...DEPLOYMENTS, plural: 'daemonsets', kind: 'DaemonSet' };

const home = await LocalHome.create();
let servers: Servers;
let wmw: KubeClient;

test.before(async () => {
  servers = await startServers(home, N);
  wmw = servers.wmw;
});

test.after(async () => {
  await closeServers(servers);
  await home.dispose();
});

test('every command of docs/status.md works', async () => {
  await home.must((await shellBlocks('docs/status.md')).join('\n'));
});

test('replicas of the well-known kinds are summed over the clusters, and follow them', async () => {
  await wmw.create(
    EDGE_PLACEMENTS,
    placement('kinds', {
      downsync: [
        { apiGroup: 'apps', namespaces: [N] },
        { apiGroup: 'batch', resources: ['jobs'], namespaces: [N] },
        { apiGroup: '', resources: ['pods'], namespaces: [N] },
      ],
    }),
    USER,
  );
  const template = podTemplate('kinds');
  const selector = { matchLabels: template.metadata.labels };
  await create(DEPLOYMENTS, 'web', { replicas: 3, selector, template });
  await create(STATEFUL_SETS, 'store', { replicas: 2, serviceName: 'store', selector, template });
  await create(DAEMON_SETS, 'agent', { selector, template });
  await create(PODS, 'alone', template.spec);
  const jobTemplate = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  await create(JOBS, 'once', { completions: 1, template: jobTemplate });
  const arrived = async (resource: Resource, name: string, replicas: object) => {
    const status = await combinedStatus(
      wmw,
      resource,
      N,
      name,
      (found) => counts(2, 2, 0)(found) && found?.clusters.available === 2,
      90,
    );
    const told: { [count: string]: unknown } = { ...status?.replicas };
    const expected = Object.entries(replicas).map(([count, value]) => [count, value, told[count]]);
    for (const [count, value, found] of expected) assert.is(found, value, `${resource.kind}: ${count}`);
  };
  await arrived(DEPLOYMENTS, 'web', { desired: 6, current: 6, ready: 6, updated: 6, available: 6 });
  await arrived(STATEFUL_SETS, 'store', { desired: 4, ready: 4 });
  await arrived(DAEMON_SETS, 'agent', { desired: 2, ready: 2 });
  await arrived(PODS, 'alone', { desired: 2, ready: 2 });
  await arrived(JOBS, 'once', { desired: 2, succeeded: 2 });
  await placementStatus(wmw, 'kinds', ({ summary, conditions = [] }) => {
    const isTrue = (type: string) => conditions.some((each) => each.type === type && each.status === 'True');
    return summary?.available === 10 && summary.objects === 5 && isTrue('Applied') && isTrue('Available');
  });

  await wmw.mergePatch(DEPLOYMENTS, { namespace: N, name: 'web' }, { spec: { replicas: 5 } }, USER);
  await combinedStatus(wmw, DEPLOYMENTS, N, 'web', (status) => status?.replicas?.ready === 10);
});

test.run();

async function create(resource: Resource, name: string, spec: object): Promise<void> {
  await wmw.create(resource, object(resource, name, { spec }), USER);
}

function object({ group, version, kind }: Resource, name: string, content: object): KubeObject {
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind,
    metadata: { name, namespace: N },
    ...content,
  };
}

function podTemplate(app: string) {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image: 'nginx:stable' }] } as { [field: string]: unknown },
  };
}
