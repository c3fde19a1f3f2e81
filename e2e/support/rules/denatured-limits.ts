/** Quotas, classes and the like: data in the core, acting in the cluster (semantics 7.1; docs/denaturing.md). */
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { fresh } from '../objects.ts';
import { area } from './area.ts';
import { clusterScoped, core, type Seen, Stage } from './denatured.ts';

export const denaturedLimits = area();

denaturedLimits(
  'semantics 7.1a: ResourceQuota limits nothing in the workspaces, and the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const [quotas, secrets] = [core('resourcequotas', 'ResourceQuota'), core('secrets', 'Secret')];
    await stage.create(quotas, 'none', { spec: { hard: { 'count/secrets': '0' } } });
    await stage.arrives(quotas, 'none');
    const metadata = { name: 'one', namespace: stage.namespace };
    const attempt = (server: typeof stage.wec) =>
      server.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata }, { ...USER, dryRun: true }).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    await eventually(
      'the quota to be enforced',
      () => attempt(stage.wec),
      (answer) => answer.includes('exceeded quota: none'),
    );
    for (const workspace of stage.workspaces) assert.is(await attempt(workspace), 'accepted');
  },
);

denaturedLimits(
  'semantics 7.1a: LimitRange adds nothing to Pods in the workspace, and its defaults in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const ranges = core('limitranges', 'LimitRange');
    await stage.create(ranges, 'small', {
      spec: { limits: [{ type: 'Container', default: { cpu: '123m' } }] },
    });
    await stage.arrives(ranges, 'small');
    const limits = ({ spec }: Seen) => spec.containers[0].resources?.limits?.cpu;
    assert.equal(await stage.podOnBoth('limited', {}, limits), [undefined, '123m']);
  },
);

denaturedLimits(
  'semantics 7.1f: PriorityClass gives Pods no priority in the workspace, and one in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const classes = clusterScoped('scheduling.k8s.io', 'priorityclasses', 'PriorityClass');
    await stage.create(classes, 'usual', { value: 77, globalDefault: true });
    await stage.arrives(classes, 'usual');
    const priority = ({ spec }: Seen) => spec.priority;
    assert.equal(await stage.podOnBoth('preferred', {}, priority), [undefined, 77]);
    await stage.remove(classes, 'usual');
  },
);

denaturedLimits(
  'semantics 7.1f: RuntimeClass adds no overhead to Pods in the workspace, and some in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const classes = clusterScoped('node.k8s.io', 'runtimeclasses', 'RuntimeClass');
    const name = fresh('heavy');
    await stage.create(classes, name, { handler: 'heavy', overhead: { podFixed: { cpu: '10m' } } });
    await stage.arrives(classes, name);
    const overhead = ({ spec }: Seen) => spec.overhead?.cpu ?? spec.overhead?.podFixed?.cpu;
    assert.equal(await stage.podOnBoth('heavy', { runtimeClassName: name }, overhead), [undefined, '10m']);
    await stage.remove(classes, name);
  },
);

denaturedLimits(
  'semantics 7.1f: StorageClass is no default for claims in the workspace, and one in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const classes = clusterScoped('storage.k8s.io', 'storageclasses', 'StorageClass');
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await stage.create(classes, 'usual', { provisioner: 'none.test/none' }, annotations);
    await stage.arrives(classes, 'usual');
    const claims = core('persistentvolumeclaims', 'PersistentVolumeClaim');
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await stage.create(claims, 'data', { spec });
    assert.is((await stage.arrives(claims, 'data')).spec.storageClassName, 'usual');
    assert.is((await stage.source(claims, 'data')).spec.storageClassName, undefined);
    await stage.remove(classes, 'usual');
  },
);

denaturedLimits(
  'semantics 7.1f: IngressClass is no default for Ingresses in the workspace, and one in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const classes = clusterScoped('networking.k8s.io', 'ingressclasses', 'IngressClass');
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    await stage.create(classes, 'usual', { spec: { controller: 'none.test/none' } }, annotations);
    await stage.arrives(classes, 'usual');
    const ingresses = { ...core('ingresses', 'Ingress'), group: 'networking.k8s.io' };
    const spec = { defaultBackend: { service: { name: 'none', port: { number: 80 } } } };
    await stage.create(ingresses, 'front', { spec });
    assert.is((await stage.arrives(ingresses, 'front')).spec.ingressClassName, 'usual');
    assert.is((await stage.source(ingresses, 'front')).spec.ingressClassName, undefined);
    await stage.remove(classes, 'usual');
  },
);

denaturedLimits(
  'semantics 7.1a: APIService hands over no group in the workspaces, and one in the cluster',
  async (servers) => {
    const stage = await Stage.of(servers);
    const services = clusterScoped('apiregistration.k8s.io', 'apiservices', 'APIService');
    const spec = {
      group: 'absent.test',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { namespace: stage.namespace, name: 'absent' },
    };
    await stage.create(services, 'v1.absent.test', { spec });
    await stage.arrives(services, 'v1.absent.test');
    const answer = async (server: typeof stage.wec) => {
      const error = await server.request('GET', '/apis/absent.test/v1').catch((reason: unknown) => reason);
      return (error as { code?: number }).code;
    };
    await eventually(
      'the group to be handed over',
      () => answer(stage.wec),
      (code) => code === 503,
    );
    for (const workspace of stage.workspaces) {
      assert.is.not(await answer(workspace), 503);
      const { groups } = await workspace.request<{ groups: { name: string }[] }>('GET', '/apis');
      assert.not(groups.some(({ name }) => name === spec.group));
    }
    // While it is there, the cluster can tell nobody all that it serves.
    await stage.remove(services, 'v1.absent.test');
  },
);

denaturedLimits(
  'semantics 7.1a: FlowSchema and PriorityLevelConfiguration take no request in the workspace, and some in the cluster',
  async (servers) => {
    const { home } = servers;
    const stage = await Stage.of(servers);
    const flow = (plural: string, kind: string) =>
      clusterScoped('flowcontrol.apiserver.k8s.io', plural, kind);
    const levels = flow('prioritylevelconfigurations', 'PriorityLevelConfiguration');
    const schemas = flow('flowschemas', 'FlowSchema');
    const limited = { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } };
    await stage.create(levels, 'slow', { spec: { type: 'Limited', limited } });
    const rule = {
      subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }],
    };
    const spec = { priorityLevelConfiguration: { name: 'slow' }, matchingPrecedence: 2, rules: [rule] };
    await stage.create(schemas, 'slow', { spec });
    const { uid = 'none' } = (await stage.arrives(schemas, 'slow')).metadata;
    // The server tells in a header which FlowSchema a request fell under.
    const headers = async (kubeconfig: string) => {
      const args = `--kubeconfig ${kubeconfig} -v 8`;
      return (
        await home.sh(`kubectl ${args} --as=somebody --as-group=system:authenticated get --raw /version`)
      ).stderr;
    };
    await eventually(
      'requests to fall under it',
      () => headers(home.wec('edge1')),
      (text) => text.includes(uid),
    );
    const source = await stage.source(schemas, 'slow');
    const inWorkspace = await headers(`${home.path}/admin.kubeconfig`);
    assert.ok(source.metadata.uid && !inWorkspace.includes(source.metadata.uid));
    await stage.remove(schemas, 'slow');
    await stage.remove(levels, 'slow');
  },
);
