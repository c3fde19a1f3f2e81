import type { APIBinding, CustomResourceDefinition } from '@kubestellar/api';
import { type Connection, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { parseCommandLine } from '../shell/flags.ts';
import { formatObject } from './format.ts';
import { kindFromFlags } from './kind.ts';
import { boundBy, definedBy, sourcesOf } from './sources.ts';

const test = suite('listing of syncing objects');
const all = new KubeClient({} as Connection, '/clusters/system:admin');
const KIND = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true };
const read = (provisions: Parameters<typeof sourcesOf>[2]) =>
  sourcesOf(KIND, all, provisions).map(({ client, resource }) => `${client.path} ${resource.plural}`);

test('bound kinds are read once per identity, kinds of CRDs once per workspace, others as native ones', () => {
  const bound = [
    { cluster: 'a', identity: 'h1' },
    { cluster: 'b', identity: 'h1' },
    { cluster: 'c', identity: 'h2' },
  ];
  assert.equal(read(bound), ['/clusters/* deployments:h1', '/clusters/* deployments:h2']);
  assert.equal(read([{ cluster: 'd', identity: undefined }]), ['/clusters/d deployments']);
  assert.equal(read([]), ['/clusters/* deployments']);
});

test('bindings and CRDs define how a kind is served in their workspace', () => {
  const metadata = { name: 'x', annotations: { 'kcp.io/cluster': 'c1' } };
  const schema = { name: 's', UID: 'u', identityHash: 'h' };
  const binding: APIBinding = {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIBinding',
    metadata,
    status: { boundResources: [{ group: 'apps', resource: 'deployments', schema }] },
  };
  assert.equal(boundBy(binding, KIND), { cluster: 'c1', identity: 'h' });
  assert.is(boundBy(binding, { ...KIND, group: '' }), undefined);
  const crd: CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata,
    spec: {
      group: 'apps',
      scope: 'Namespaced',
      names: { plural: 'deployments', kind: 'Deployment' },
      versions: [],
    },
  };
  assert.equal(definedBy(crd, KIND), { cluster: 'c1', identity: undefined });
  assert.is(definedBy(crd, { ...KIND, plural: 'daemonsets' }), undefined);
});

test('the kind is chosen by flags, of which only --api-kind is required', () => {
  const kindOf = (...args: string[]) => {
    const names = ['api-group', 'api-kind', 'api-resource', 'api-version'];
    const table = Object.fromEntries(names.map((name) => [name, { kind: 'string' as const }]));
    const { group, version, plural, kind } = kindFromFlags(parseCommandLine(args, table).flags);
    return [group, version, plural, kind];
  };
  assert.equal(kindOf('--api-kind', 'ConfigMap'), ['', 'v1', 'configmaps', 'ConfigMap']);
  assert.equal(
    kindOf(
      '--api-kind=NetworkPolicy',
      '--api-group=networking.k8s.io',
      '--api-resource=networkpolicies',
      '--api-version=v2',
    ),
    ['networking.k8s.io', 'v2', 'networkpolicies', 'NetworkPolicy'],
  );
  assert.throws(() => kindOf('--api-group', 'apps'), /--api-kind must be given/);
});

test('an object is printed as one line of JSON or as YAML, with an Action when followed', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { text: 'x\ny\n', on: 'yes' },
  };
  const line = formatObject(object, true, 'delete');
  assert.not.match(line, '\n');
  assert.equal(JSON.parse(line), { Action: 'delete', ...object });
  const yaml = formatObject(object, false);
  assert.ok(yaml.startsWith('---\n') && yaml.endsWith('\n'));
  assert.equal(parse(yaml.slice(4)), object);
  assert.equal(parse(yaml.slice(4), { version: '1.1' }), object);
});

test.run();
