/** Objects in which parameters are expanded for each destination (semantics 8.1, 8.2, 8.4). */
import { CONFIG_MAPS, CUSTOMIZERS, DEPLOYMENTS } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { CLUSTERS } from '../core.ts';
import { arrives, create, fresh } from '../objects.ts';
import { area } from './area.ts';
import {
  CUSTOMIZER,
  carriesData,
  configMap,
  customized,
  customizer,
  EXPANDING,
  patchLocation,
  tells,
} from './customized.ts';

export const parameters = area();

parameters(
  'semantics 8.1g, 8.2a; api 4f: each cluster gets the parameters of its own Location, in string values at any depth',
  async (core) => {
    const in_ = await customized(core.wmw);
    const note = { 'for.example/note': 'on %(name)' };
    await configMap(core.wmw, 'places', in_, { text: 'Running in %(name).' }, { ...EXPANDING, ...note });
    for (const cluster of CLUSTERS) {
      const copy = await arrives(core[cluster], CONFIG_MAPS, 'places', in_);
      assert.is(copy.data?.text, `Running in ${cluster}.`);
      assert.is(copy.metadata.annotations?.['for.example/note'], `on ${cluster}`);
      assert.is(copy.metadata.annotations?.['edge.kubestellar.io/expand-parameters'], 'true', 'it remains');
    }
  },
);

parameters(
  'semantics 8.2b: unknown parameters and unclosed ones stay as written, %% is %, nothing is expanded twice',
  async (core) => {
    const in_ = await customized(core.wmw);
    const value = '%(no such) 100%% %%(name) %x %(name';
    await configMap(core.wmw, 'signs', in_, { value }, EXPANDING);
    const copy = await arrives(core.edge1, CONFIG_MAPS, 'signs', in_);
    assert.is(copy.data?.value, '%(no such) 100% %(name) %x %(name');
  },
);

parameters('semantics 8.1a: without expand-parameters "true" nothing is expanded', async (core) => {
  const in_ = await customized(core.wmw);
  const value = '%(name)';
  await configMap(core.wmw, 'raw', in_, { value }, { 'edge.kubestellar.io/expand-parameters': 'yes' });
  assert.equal((await arrives(core.edge1, CONFIG_MAPS, 'raw', in_)).data, { value });
});

parameters(
  "semantics 8.2a, 8.2c: an edit of a Location's labels or annotations reaches its copies; labels win",
  async (core) => {
    const in_ = await customized(core.wmw);
    const paper = fresh('paper');
    const raw = { value: `%(${paper})` };
    await configMap(core.wmw, 'paper', in_, raw, EXPANDING);
    await carriesData(core, 'paper', in_, raw);
    const is = (value: string) => carriesData(core, 'paper', in_, { value }, ['edge1']);
    await patchLocation(core, 'edge1', { annotations: { [paper]: 'rough' } });
    await is('rough');
    await patchLocation(core, 'edge1', { labels: { [paper]: 'smooth' } });
    await is('smooth');
    await patchLocation(core, 'edge1', { labels: { [paper]: null } });
    await is('rough');
    await patchLocation(core, 'edge1', { annotations: { [paper]: null } });
    await carriesData(core, 'paper', in_, raw);
  },
);

parameters(
  'semantics 8.2d, 8.4a: the worked example, a Customizer that expands and sets an environment variable',
  async (core) => {
    const in_ = await customized(core.wmw);
    const path = '$.spec.template.spec.containers.0.env.0.value';
    await customizer(core.wmw, 'environment', in_, { [path]: '"env is %(name)"' }, EXPANDING);
    const labels = { app: in_ };
    const container = { name: 'app', image: 'nginx', env: [{ name: 'ENV', value: 'none' }] };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const annotations = { [CUSTOMIZER]: 'environment' };
    await create(core.wmw, DEPLOYMENTS, 'painter', in_, { spec }, { annotations });
    for (const cluster of CLUSTERS) {
      const copy = await arrives(core[cluster], DEPLOYMENTS, 'painter', in_);
      const [made] = (copy.spec as typeof spec).template.spec.containers;
      assert.equal(made?.env, [{ name: 'ENV', value: `env is ${cluster}` }]);
      assert.is(copy.metadata.generation, 1, 'it never was there as it is in the WMW');
    }
  },
);

parameters(
  'semantics 8.2d: what parameters make of a Customizer is judged for each Location',
  async (core) => {
    const in_ = await customized(core.wmw);
    const size = fresh('size');
    await patchLocation(core, 'edge1', { labels: { [size]: '5' } });
    const replacements = { '$.metadata.labels.size': `"%(${size})"`, [`$.data.%(${size})`]: '"x"' };
    await customizer(core.wmw, 'sized', in_, replacements, EXPANDING);
    await configMap(core.wmw, 'sized', in_, { kept: 'yes' }, { [CUSTOMIZER]: 'sized' });
    const copy = await arrives(core.edge1, CONFIG_MAPS, 'sized', in_);
    assert.is(copy.metadata.labels?.size, '5');
    const told = new RegExp(`^at Location edge2: replacement of \\$\\.data\\.%\\(${size}\\)`);
    await tells(core.wmw, CUSTOMIZERS, 'sized', in_, [told]);
    await patchLocation(core, 'edge2', { labels: { [size]: '6' } });
    await tells(core.wmw, CUSTOMIZERS, 'sized', in_, []);
    for (const cluster of CLUSTERS) await patchLocation(core, cluster, { labels: { [size]: null } });
  },
);
