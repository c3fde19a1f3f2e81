/** What `kubestellar-list-syncing-objects` tells of the objects in the mailbox workspaces. */
import { assert } from '@kubestellar/testing';
import { linesOf, type Shell } from '../shell.ts';

/** Lists kinds of all sorts, in both forms. */
export async function listEachKind({ sh, must }: Shell): Promise<void> {
  const list = 'kubestellar-list-syncing-objects';
  const deployments = linesOf(await must`${list} --api-group apps --api-kind Deployment --json`).map((line) =>
    JSON.parse(line),
  );
  assert.ok(deployments.length >= 1);
  assert.ok(deployments.every(({ kind, Action }) => kind === 'Deployment' && Action === undefined));
  const yaml = await must`${list} --api-group=apps --api-kind=Deployment`;
  assert.is(yaml.match(/^---\napiVersion: apps\/v1\nkind: Deployment\n/gm)?.length, deployments.length);
  assert.match(await must`${list} --api-kind ConfigMap --json`, '"kind":"ConfigMap"');
  assert.match(await must`${list} --api-kind Namespace --json`, '"name":"demo"');
  const config =
    await must`${list} --api-group edge.kubestellar.io --api-version v2alpha1 --api-kind SyncerConfig --json`;
  assert.match(config, '"name":"the-one"');
  const { code, stdout, stderr } = await sh`${list} --api-group x.example --api-kind Nothing`;
  assert.is(code, 0, stderr);
  assert.is(stdout, '');
  assert.match(stderr, 'No mailbox workspace serves nothings.x.example');
}

/** Makes, changes and deletes an object while a watch is on, then ends the reader of another watch. */
export async function watchObjects({ sh, must }: Shell): Promise<void> {
  await must(`
    kubectl ws root:wmw1
    kubectl apply -f - <<YAML
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: listed}
spec:
  locationSelectors: [{matchLabels: {env: demo}}]
  downsync: [{apiGroup: "", resources: [configmaps], namespaces: [demo], objectNames: [watched, last]}]
YAML`);
  const seen = await must(`
    trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
    kubestellar-list-syncing-objects --api-kind ConfigMap --watch --json >events &
    watcher=$!
    event() { timeout 30 sh -c "until grep -q '\\"Action\\":\\"$1\\".*$2' events; do sleep 0.1; done"; }
    kubectl create configmap watched --from-literal=color=red -n demo >/dev/null; event add watched
    kubectl patch configmap watched -n demo --type=merge -p '{"data":{"color":"blue"}}' >/dev/null
    event update '"color":"blue"'
    kubectl delete configmap watched -n demo >/dev/null; event delete watched
    kill $watcher; wait $watcher
    grep '"name":"watched"' events`);
  const actions = linesOf(seen).map((line) => JSON.parse(line).Action);
  assert.is(actions.filter((action) => action === 'add').length, 1);
  assert.is(actions.at(0), 'add');
  assert.is(actions.at(-1), 'delete');
  const pipe = await sh(`
    kubestellar-list-syncing-objects --api-kind ConfigMap --json | head -c 10
    mkfifo events-pipe
    kubestellar-list-syncing-objects --api-kind ConfigMap --watch --json >events-pipe &
    head -n 1 events-pipe >/dev/null
    kubectl create configmap last -n demo >/dev/null
    timeout 30 tail --pid=$! -f /dev/null || { kill $!; exit 3; }
    wait $!; kubectl delete configmap last -n demo >/dev/null`);
  assert.is(pipe.code, 0, pipe.stderr);
  assert.is(pipe.stderr, '');
}
