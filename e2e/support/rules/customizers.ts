/** Objects that Customizers change on their way to a destination (semantics 8.1, 8.3; api 3.5). */
import { CLUSTER_ROLES, CONFIG_MAPS, CUSTOMIZERS } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { CLUSTERS, USER } from '../core.ts';
import {
  annotate,
  arrives,
  BOTH,
  create,
  fresh,
  kind,
  namespace,
  place,
  problemsOf,
  type Read,
  read,
} from '../objects.ts';
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

export const customizers = area();

customizers(
  'semantics 8.3b: existing places are set, missing last members are created after definite paths only',
  async (core) => {
    const in_ = await customized(core.wmw);
    await customizer(core.wmw, 'shapes', in_, {
      '$.data.a': '"set"',
      "$.data['new','other-new']": '"created"',
      '$.metadata.labels.shape': '"round"',
      '$.*.never': '"no"',
      '$.binaryData.lost': '"eA=="',
      '$.data.gone': 'null',
    });
    await configMap(core.wmw, 'shape', in_, { a: '1', b: '2', gone: '3' }, { [CUSTOMIZER]: 'shapes' });
    const copy = await arrives(core.edge1, CONFIG_MAPS, 'shape', in_);
    assert.equal(copy.data, { a: 'set', b: '2', new: 'created', 'other-new': 'created' });
    assert.is(copy.metadata.labels?.shape, 'round');
    assert.not('binaryData' in copy, 'maps that are missing on the way are not created');
  },
);

customizers(
  'semantics 8.1d: the object is expanded first, then replaced; a Customizer without expand is taken as written',
  async (core) => {
    const in_ = await customized(core.wmw);
    await customizer(core.wmw, 'literal', in_, { '$.data.b': '"%(name) as written"' });
    const annotations = { ...EXPANDING, [CUSTOMIZER]: 'literal' };
    await configMap(core.wmw, 'order', in_, { a: '%(name)', b: '%(name)' }, annotations);
    for (const cluster of CLUSTERS)
      await carriesData(core, 'order', in_, { a: cluster, b: '%(name) as written' }, [cluster]);
  },
);

customizers(
  'semantics 8.1b: a Customizer of another namespace is named with it; those of other workspaces do not count',
  async (core) => {
    const { wmw, other } = core;
    const [art, craft, tools] = [await customized(wmw), await customized(other), await namespace(wmw)];
    await customizer(wmw, 'brush', tools, { '$.data.brush': '"here"' });
    await customizer(other, 'brush', craft, { '$.data.brush': '"there"' });
    await configMap(wmw, 'brush', art, { brush: 'none' }, { [CUSTOMIZER]: `${tools}/brush` });
    await configMap(other, 'brush', craft, { brush: 'none' }, { [CUSTOMIZER]: 'brush' });
    await carriesData(core, 'brush', art, { brush: 'here' });
    await carriesData(core, 'brush', craft, { brush: 'there' });
  },
);

customizers(
  'semantics 8.1c: a cluster-scoped object names the namespace of its Customizer, or it is told',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await customized(wmw);
    await customizer(wmw, 'rules', in_, { '$.rules[0].verbs': '["get","watch"]' });
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    const labels = { part: in_ };
    for (const [name, reference] of [
      ['qualified', `${in_}/rules`],
      ['unqualified', 'rules'],
    ] as const) {
      const annotations = { [CUSTOMIZER]: reference };
      await create(wmw, CLUSTER_ROLES, `${in_}-${name}`, undefined, { rules }, { labels, annotations });
    }
    const verbsOf = (object: Read) => (object.rules as typeof rules)[0]?.verbs;
    assert.equal(verbsOf(await arrives(edge1, CLUSTER_ROLES, `${in_}-qualified`)), ['get', 'watch']);
    assert.equal(verbsOf(await arrives(edge1, CLUSTER_ROLES, `${in_}-unqualified`)), ['get']);
    const told = [/must name it as namespace\/name/];
    await tells(wmw, CLUSTER_ROLES, `${in_}-unqualified`, undefined, told);
  },
);

customizers(
  'semantics 8.1e, 8.1f: the edit, the end and the return of a Customizer reach the copies; what is missing is told',
  async (core) => {
    const { wmw } = core;
    const in_ = await customized(wmw);
    await customizer(wmw, 'ink', in_, { '$.data.ink': '"black"' });
    await configMap(wmw, 'ink', in_, { ink: 'none' }, { [CUSTOMIZER]: 'ink' });
    await carriesData(core, 'ink', in_, { ink: 'black' });
    const ref = { name: 'ink', namespace: in_ };
    await wmw.mergePatch(CUSTOMIZERS, ref, { replacements: [{ path: '$.data.ink', value: '"blue"' }] }, USER);
    await carriesData(core, 'ink', in_, { ink: 'blue' });
    await wmw.delete(CUSTOMIZERS, ref);
    await carriesData(core, 'ink', in_, { ink: 'none' });
    await tells(wmw, CONFIG_MAPS, 'ink', in_, [/"ink": this workspace has no such Customizer/]);
    for (const cluster of CLUSTERS)
      assert.equal(problemsOf(await read(core[cluster], CONFIG_MAPS, 'ink', in_)), []);
    await customizer(wmw, 'ink', in_, { '$.data.ink': '"red"' });
    await carriesData(core, 'ink', in_, { ink: 'red' });
    await tells(wmw, CONFIG_MAPS, 'ink', in_, []);
    for (const cluster of CLUSTERS) {
      const drift = { data: { ink: 'drifted' } };
      await core[cluster].mergePatch(CONFIG_MAPS, ref, drift, { fieldManager: 'drifter' });
    }
    await carriesData(core, 'ink', in_, { ink: 'red' });
    await annotate(wmw, 'ink', in_, { [CUSTOMIZER]: null });
    await carriesData(core, 'ink', in_, { ink: 'none' });
  },
);

customizers(
  'semantics 8.3d; api 4h: what can not be read in a Customizer is told there, the rest still applies',
  async (core) => {
    const { wmw } = core;
    const in_ = await customized(wmw);
    const replacements = { '$.data.[': '1', '$.data.ok': '"fine"', '$.data.raw': 'no quotes' };
    await customizer(wmw, 'broken', in_, replacements);
    await configMap(wmw, 'broken', in_, { kept: 'yes' }, { [CUSTOMIZER]: 'broken' });
    await carriesData(core, 'broken', in_, { kept: 'yes', ok: 'fine' });
    const told = [/^replacement of \$\.data\.\[: .*character 8/, /raw: the value is not JSON/];
    await tells(wmw, CUSTOMIZERS, 'broken', in_, told);
    const mended = { replacements: [{ path: '$.data.raw', value: '"quotes"' }] };
    await wmw.mergePatch(CUSTOMIZERS, { name: 'broken', namespace: in_ }, mended, USER);
    await carriesData(core, 'broken', in_, { kept: 'yes', raw: 'quotes' });
    await tells(wmw, CUSTOMIZERS, 'broken', in_, []);
  },
);

customizers(
  'semantics 8.3d: what is wrong with a Customizer at one Location is taken back when it is no longer used there',
  async (core) => {
    const { wmw } = core;
    const in_ = await customized(wmw);
    await customizer(wmw, 'unused', in_, { '$.data.%(no such)': '"x"' }, EXPANDING);
    await configMap(wmw, 'user', in_, { kept: 'yes' }, { [CUSTOMIZER]: 'unused' });
    await tells(wmw, CUSTOMIZERS, 'unused', in_, [/^at Location edge1: /, /^at Location edge2: /]);
    await wmw.delete(CONFIG_MAPS, { name: 'user', namespace: in_ });
    await tells(wmw, CUSTOMIZERS, 'unused', in_, []);
  },
);

customizers(
  'semantics 8.3e: what identifies an object can not be replaced; the object tells',
  async (core) => {
    const { wmw } = core;
    const in_ = await customized(wmw);
    await customizer(wmw, 'thief', in_, { '$.metadata.name': '"other"', '$.data.ok': '"fine"' });
    await configMap(wmw, 'victim', in_, { kept: 'yes' }, { [CUSTOMIZER]: 'thief' });
    await carriesData(core, 'victim', in_, { kept: 'yes', ok: 'fine' });
    const told = [/would change apiVersion, kind, name or namespace/];
    await tells(wmw, CONFIG_MAPS, 'victim', in_, told);
    assert.is(await read(core.edge1, CONFIG_MAPS, 'other', in_), undefined);
  },
);

customizers(
  'semantics 8.1f, 8.2c: kinds from CRDs are customized, and again when Customizer or Location change',
  async (core) => {
    const { wmw } = core;
    const [things, in_, weight] = [await kind([wmw]), await namespace(wmw), fresh('weight')];
    const locationSelectors = BOTH;
    await place(wmw, in_, [{ apiGroup: things.group, namespaces: [in_] }], { locationSelectors });
    await customizer(wmw, 'things', in_, { '$.spec.color': '"%(name)"' }, EXPANDING);
    const annotations = { ...EXPANDING, [CUSTOMIZER]: 'things' };
    await create(wmw, things, 'one', in_, { spec: { size: 1, note: `%(${weight})` } }, { annotations });
    const is = async (cluster: (typeof CLUSTERS)[number], color: string, note: string) => {
      const wanted = JSON.stringify([1, color, note]);
      const found = (object: Read) => {
        const { size, color: its, note: text } = object.spec as { [field: string]: unknown };
        return JSON.stringify([size, its, text]);
      };
      await arrives(core[cluster], things, 'one', in_, (object) => found(object) === wanted);
    };
    for (const cluster of CLUSTERS) await is(cluster, cluster, `%(${weight})`);
    await patchLocation(core, 'edge2', { labels: { [weight]: 'heavy' } });
    await is('edge2', 'edge2', 'heavy');
    const replacements = [{ path: '$.spec.color', value: '"%(name)-ish"' }];
    await wmw.mergePatch(CUSTOMIZERS, { name: 'things', namespace: in_ }, { replacements }, USER);
    await is('edge1', 'edge1-ish', `%(${weight})`);
    await is('edge2', 'edge2-ish', 'heavy');
    await patchLocation(core, 'edge2', { labels: { [weight]: null } });
  },
);

customizers(
  'api 3.5a: the paths of a Customizer are unique, and its replacements merge by them',
  async (core) => {
    const { wmw } = core;
    const in_ = await customized(wmw);
    const twice = [
      { path: '$.a', value: '1' },
      { path: '$.a', value: '2' },
    ];
    const refused = await create(wmw, CUSTOMIZERS, 'twice', in_, { replacements: twice }).catch(String);
    assert.match(String(refused), /Duplicate value/);
    assert.match(
      String(await create(wmw, CUSTOMIZERS, 'half', in_, { replacements: [{ path: '$.a' }] }).catch(String)),
      /value: Required/,
    );
    const { apiVersion, kind: kindOf } = await create(wmw, CUSTOMIZERS, 'merged', in_, { replacements: [] });
    for (const path of ['$.a', '$.b']) {
      const part = {
        apiVersion,
        kind: kindOf,
        metadata: { name: 'merged', namespace: in_ },
        replacements: [{ path, value: '1' }],
      };
      await wmw.apply(CUSTOMIZERS, part, { fieldManager: `writer of ${path}` });
    }
    const merged = (await read(wmw, CUSTOMIZERS, 'merged', in_)) as unknown as {
      replacements: { path: string }[];
    };
    assert.equal(
      merged.replacements.map(({ path }) => path),
      ['$.a', '$.b'],
    );
  },
);
