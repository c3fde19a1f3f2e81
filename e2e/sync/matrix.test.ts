import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  denaturedResource,
  EDGE_PLACEMENTS,
  type KubeObject,
  mailboxWorkspacePath,
  NAMESPACES,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { isNotFound, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { crdOf, GALAXIES, KIND_CLASSES, type KindClass, objectOf, WIDGETS } from '../support/kinds.ts';
import { LocalHome } from '../support/local.ts';
import { Matrix } from '../support/sync/matrix-table.ts';
import { includes, lacks } from '../support/sync/patched.ts';

/** Kind class × operation × direction, each a real object on kcp and two clusters. */
const test = suite('the chain: every kind of object', { timeout: 300_000 });

const NAMESPACE = 'matrix';
/** Label of objects that go to one cluster only and whose status comes back to the workload workspace. */
const SINGLE = 'single';
const matrix = new Matrix();
const USER = { fieldManager: 'user' };
const home = await LocalHome.create();
let wmw: KubeClient;
let wecs: KubeClient[];
let mailboxes: KubeClient[];

test.before(async () => {
  await home.start();
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  await home.must(
    `cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root && kubectl kubestellar ensure wmw matrix`,
  );
  wmw = root.workspace('root:matrix');
  wecs = await Promise.all(
    ['edge1', 'edge2'].map((name) => KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) })),
  );
  const targets = await root.workspace('root:imw1').list(SYNC_TARGETS);
  mailboxes = targets.map(({ metadata }) =>
    root.workspace(mailboxWorkspacePath(metadata.annotations?.['kcp.io/cluster'] ?? '', metadata.uid ?? '')),
  );
  await wmw.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, USER);
  await place(NAMESPACE, { env: 'demo' });
  await place(SINGLE, { name: 'edge1' }, true);
});

test.after(async () => {
  console.log(matrix.format());
  await home.dispose();
});

test('a brand-new kind starts to move soon after its CRD is established', async () => {
  for (const resource of [WIDGETS, GALAXIES])
    await wmw.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(resource), USER);
  const established = (crd: KubeObject | undefined) => {
    const { conditions = [] } = (crd?.status ?? {}) as { conditions?: { type: string; status: string }[] };
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  };
  const name = `${WIDGETS.plural}.${WIDGETS.group}`;
  await eventually(
    'the CRD to be established',
    () => wmw.get(CUSTOM_RESOURCE_DEFINITIONS, { name }),
    established,
  );
  const begin = performance.now();
  const first = objectOf(WIDGETS, 'first', NAMESPACE, { spec: { size: 1 } });
  await eventually('the kind to be served', () => wmw.create(WIDGETS, first, USER).then(() => true), Boolean);
  const created = performance.now();
  await onAll(wecs, 'the first widget', WIDGETS, 'first', (object) => object !== undefined);
  const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1);
  console.log(
    `    on both clusters ${seconds(begin)} s after Established, ${seconds(created)} s after its creation`,
  );
});

for (const kind of KIND_CLASSES) {
  const { title, resource, content, edit, removal, drift, status } = kind;
  const name = `x-${resource.plural}`;
  const ref = { name, namespace: resource.namespaced ? NAMESPACE : undefined };
  /** As what mailbox workspaces hold it: kinds that would act there are twins. */
  const kept = denaturedResource(resource);

  /** One cell of the matrix. @param why why it doesn't apply to this kind, if so */
  const cell = (operation: string, direction: string, run: () => Promise<unknown>, why?: string) => {
    if (why) matrix.set(title, operation, direction, why);
    else
      test(`${title}: ${operation} (${direction})`, async () => {
        matrix.set(title, operation, direction, 'FAILED');
        await run();
        matrix.set(title, operation, direction, 'ok');
      });
  };

  cell('creation', 'down', async () => {
    await wmw.create(resource, objectOf(resource, name, NAMESPACE, content), USER);
    await onAll(wecs, 'the copy', resource, name, (object) => includes(object, content));
  });

  cell('edit', 'down', async () => {
    await wmw.mergePatch(resource, ref, edit, USER);
    await onAll(wecs, 'the edit', resource, name, (object) => includes(object, edit));
  });

  const noDrift = drift ? undefined : 'no field that others may write';
  cell(
    'drift in a WEC is put right',
    'down',
    async () => {
      for (const wec of wecs) await wec.mergePatch(resource, ref, drift ?? {}, { fieldManager: 'drifter' });
      await onAll(wecs, 'the field as it should be', resource, name, (object) => includes(object, edit));
    },
    noDrift,
  );

  cell(
    'drift in a mailbox is put right',
    'down',
    async () => {
      for (const mailbox of mailboxes)
        await mailbox.mergePatch(kept, ref, drift ?? {}, { fieldManager: 'drifter' });
      await onAll(mailboxes, 'the field as it should be', kept, name, (object) => includes(object, edit));
      await onAll(wecs, 'the field as it should be', resource, name, (object) => includes(object, edit));
    },
    noDrift,
  );

  cell("what others add to a WEC's copy stays", 'down', async () => {
    const added = { metadata: { annotations: { 'added.example/by': 'another' } } };
    for (const wec of wecs) await wec.mergePatch(resource, ref, added, { fieldManager: 'another' });
    await wmw.mergePatch(resource, ref, { metadata: { annotations: { round: '2' } } }, USER);
    const both = { metadata: { annotations: { 'added.example/by': 'another', round: '2' } } };
    await onAll(wecs, 'both annotations', resource, name, (object) => includes(object, both));
  });

  for (const [where, held, clients] of [
    ['a WEC', resource, () => wecs],
    ['a mailbox', kept, () => mailboxes],
  ] as const) {
    cell(`deleted in ${where}, comes back`, 'down', async () => {
      const uids = await Promise.all(
        clients().map(async (client) => {
          const found = await client.get(held, ref);
          assert.ok(found, 'there is a copy to delete');
          await client.delete(held, ref);
          return found.metadata.uid;
        }),
      );
      const isNew = (object: KubeObject | undefined) =>
        object !== undefined && !uids.includes(object.metadata.uid) && includes(object, edit);
      await onAll(clients(), 'another copy', held, name, isNew);
      await onAll(wecs, 'the copy', resource, name, (object) => includes(object, edit));
    });
  }

  cell(
    'a field that is taken away goes',
    'down',
    async () => {
      await wmw.mergePatch(resource, ref, removal ?? {}, USER);
      await onAll(mailboxes, 'the field to be gone', kept, name, (object) => lacks(object, removal));
      if (!hasDefault(kind))
        await onAll(wecs, 'the field to be gone', resource, name, (object) => lacks(object, removal));
    },
    removal ? undefined : 'no field that may be absent',
  );

  const hasStatus = status !== undefined || resource.kind === 'Deployment';
  const reported = { status: status ?? { availableReplicas: 1 } };
  const report = async (clients: readonly KubeClient[], object: string) => {
    if (!status) return;
    const options = { ...USER, subresource: 'status' } as const;
    for (const client of clients)
      await client.mergePatch(resource, { ...ref, name: object }, { status }, options);
  };
  cell(
    'status reaches the mailboxes',
    'up',
    async () => {
      await report(wecs, name);
      await onAll(mailboxes, 'the status', kept, name, (object) => includes(object, reported));
    },
    hasStatus ? undefined : 'no status',
  );

  cell(
    'status of the only copy reaches the workload workspace',
    'up',
    async () => {
      const [single, first] = [`y-${resource.plural}`, wecs.slice(0, 1)];
      const object = objectOf(resource, single, NAMESPACE, content);
      object.metadata.labels = { part: SINGLE };
      await wmw.create(resource, object, USER);
      await onAll(first, 'the copy', resource, single, (object) => object !== undefined);
      await report(first, single);
      const counted = { metadata: { annotations: { 'kubestellar.io/executing-count': '1' } } };
      await onAll([wmw], 'the status', resource, single, (object) =>
        includes(object, { ...reported, ...counted }),
      );
      await wmw.delete(resource, { ...ref, name: single });
      await onAll(first, 'the copy to be gone', resource, single, (object) => object === undefined);
    },
    hasStatus ? undefined : 'no status',
  );

  cell('no longer selected, it goes; selected again, it comes', 'down', async () => {
    await wmw.mergePatch(resource, ref, { metadata: { labels: { part: 'other' } } }, USER);
    await onAll(wecs, 'the copy to be gone', resource, name, (object) => object === undefined);
    await onAll(mailboxes, 'the copy to be gone', kept, name, (object) => object === undefined);
    await wmw.mergePatch(resource, ref, { metadata: { labels: { part: NAMESPACE } } }, USER);
    await onAll(wecs, 'the copy', resource, name, (object) => object !== undefined);
  });

  cell('deletion', 'down', async () => {
    await wmw.delete(resource, ref);
    await onAll(wecs, 'the copy to be gone', resource, name, (object) => object === undefined);
    await onAll(mailboxes, 'the copy to be gone', kept, name, (object) => object === undefined);
  });
}

test('a Namespace goes down with its labels and, deleted, takes its contents along', async () => {
  await wmw.create(NAMESPACES, objectOf(NAMESPACES, 'taken', NAMESPACE, {}), USER);
  await onAll(
    wecs,
    'the Namespace',
    NAMESPACES,
    'taken',
    (object) => object?.metadata.labels?.part === NAMESPACE,
  );
  await wmw.delete(NAMESPACES, { name: 'taken' });
  await onAll(
    mailboxes,
    'the Namespace to be gone',
    NAMESPACES,
    'taken',
    (object) => object === undefined,
    60,
  );
  await onAll(wecs, 'the Namespace to be gone', NAMESPACES, 'taken', (object) => object === undefined, 60);
});

test('the end of the EdgePlacement ends all copies and nothing else', async () => {
  await wmw.create(CONFIG_MAPS, objectOf(CONFIG_MAPS, 'last', NAMESPACE, {}), USER);
  await onAll(wecs, 'the last object', CONFIG_MAPS, 'last', (object) => object !== undefined);
  await wmw.delete(EDGE_PLACEMENTS, { name: NAMESPACE });
  await onAll(wecs, 'the copy to be gone', CONFIG_MAPS, 'last', (object) => object === undefined);
  for (const crd of [WIDGETS, GALAXIES]) {
    const name = `${crd.plural}.${crd.group}`;
    await onAll(
      wecs,
      'the CRD to be gone',
      CUSTOM_RESOURCE_DEFINITIONS,
      name,
      (object) => object === undefined,
    );
  }
  assert.ok(await wmw.get(WIDGETS, { name: 'first', namespace: NAMESPACE }), 'the source stays');
  for (const wec of wecs) assert.ok(await wec.get(NAMESPACES, { name: 'demo' }), 'other workload stays');
});

/** Places what has a label `part` of this value. */
function place(part: string, matchLabels: object, wantSingletonReportedState = false): Promise<KubeObject> {
  const placement = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: part },
    spec: {
      wantSingletonReportedState,
      locationSelectors: [{ matchLabels }],
      downsync: ['', 'apps', 'rbac.authorization.k8s.io', 'scheduling.k8s.io', WIDGETS.group].map(
        (apiGroup) => ({
          apiGroup,
          labelSelectors: [{ matchLabels: { part } }],
        }),
      ),
    },
  };
  return wmw.create<KubeObject>(EDGE_PLACEMENTS, placement, USER);
}

/** Waits until an object is as expected in each of some workspaces or clusters; an unserved kind is absence. */
async function onAll(
  clients: readonly KubeClient[],
  what: string,
  resource: KindClass['resource'],
  name: string,
  accept: (object: KubeObject | undefined) => boolean,
  seconds = 30,
): Promise<void> {
  const ref = { name, namespace: resource.namespaced ? NAMESPACE : undefined };
  const read = (client: KubeClient) =>
    client.get(resource, ref).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  await Promise.all(
    clients.map((client) =>
      eventually(`${what} in ${client.workspaceName}`, () => read(client), accept, seconds),
    ),
  );
}

/** A WEC's server fills the field in again by itself. */
function hasDefault({ resource }: KindClass): boolean {
  return resource.kind === 'Deployment';
}

test.run();
