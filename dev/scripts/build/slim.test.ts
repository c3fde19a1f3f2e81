import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { build } from 'esbuild';
import { repositoryFiles } from '../lint/files.ts';
import { root } from '../root.ts';
import { slim, UNUSED } from './slim.ts';

/** Modules that libraries keep to themselves: an update may move or change them without a word. */
const test = suite('the insides of libraries that we import', { timeout: 60_000 });
/** As lib/kube finds them. */
const fromKube = createRequire(join(root, 'lib', 'kube', 'src', 'index.ts'));
const load = (specifier: string): unknown => fromKube(specifier);

/** Each of them, and what of it we use. */
const INSIDES: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node/dist/config.js': ['KubeConfig'],
  'undici/lib/dispatcher/agent.js': [],
  'undici/lib/dispatcher/dispatcher.js': [],
  'undici/lib/dispatcher/pool.js': [],
  'undici/lib/api/index.js': ['request', 'stream', 'pipeline', 'upgrade', 'connect'],
};
/** Paths that packages without `exports` document as theirs to be imported. */
const DOCUMENTED = ['uvu/assert', 'dequal/lite'];

test('they are these and no others', async () => {
  const found = new Set<string>();
  for (const { path, content } of await repositoryFiles()) {
    if (!/\.(ts|mjs)$/.test(path) || path.endsWith('.test.ts')) continue;
    for (const [, specifier = ''] of content.matchAll(
      /\b(?:from|import)\s*\(?'((?:@[\w.-]+\/)?\w[\w.-]*\/[\w./-]+)'/g,
    ))
      if (isInside(specifier)) found.add(specifier);
  }
  assert.equal([...found].sort(), Object.keys(INSIDES).sort());
});

function isInside(specifier: string): boolean {
  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(specifier) ?? [];
  if (name.startsWith('@kubestellar') || DOCUMENTED.includes(specifier)) return false;
  const { exports } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    exports?: Record<string, unknown>;
  };
  return exports === undefined || !(`./${rest}` in exports);
}

for (const [specifier, names] of Object.entries(INSIDES))
  test(`${specifier} is there${names.length > 0 ? `, with ${names.join(', ')}` : ''}`, () => {
    const module = load(specifier) as Record<string, unknown>;
    for (const name of names) assert.type(module[name], 'function', name);
  });

test("undici's own classes are those of its insides, and all its ways to send a request are known", () => {
  const undici = load('undici') as Record<string, { prototype: object }>;
  for (const [name, file] of [
    ['Agent', 'agent'],
    ['Dispatcher', 'dispatcher'],
    ['Pool', 'pool'],
  ] as const)
    assert.is(undici[name], load(`undici/lib/dispatcher/${file}.js`), name);
  const api = load('undici/lib/api/index.js') as object;
  assert.equal(Object.keys(api).sort(), [...(INSIDES['undici/lib/api/index.js'] ?? [])].sort());
  for (const [name, method] of Object.entries(api))
    assert.is(Reflect.get(undici.Dispatcher?.prototype ?? {}, name), method, name);
});

test("client-node's reader of kubeconfigs imports what it did, and the names that are left out are those it uses", () => {
  const text = readFileSync(fromKube.resolve('@kubernetes/client-node/dist/config.js'), 'utf8');
  const imports = new Map(
    [...text.matchAll(/^import (.+?) from '([^']+)'/gms)].map(([, what = '', from = '']) => [from, what]),
  );
  const outside = [...imports.keys()].filter((from) => !from.startsWith('node:')).sort();
  const used = ['js-yaml', 'undici', '../package.json'];
  const own = ['azure_auth', 'config_types', 'exec_auth', 'file_auth', 'gcp_auth', 'oidc_auth'];
  const expected = [...used, ...own.map((name) => `./${name}.js`), ...Object.keys(UNUSED)];
  assert.equal(outside, expected.sort());
  for (const [from, stub] of Object.entries(UNUSED)) {
    const names = imports.get(from)?.match(/\w+/g) ?? [];
    assert.ok(names.length > 0, from);
    for (const name of names) assert.match(stub, `function ${name}(`, from);
  }
  assert.equal(
    imports
      .get('undici')
      ?.match(/\w+/g)
      ?.filter((word) => /^[A-Z]/.test(word)),
    ['Agent', 'UndiciAgent', 'ProxyAgent', 'UndiciProxyAgent'],
  );
});

test('a bundle without what is left out reads a kubeconfig and gets an answer', async () => {
  const folder = await mkdtemp(join(root, 'node_modules', '.slim-test-'));
  try {
    const entry = `
      import { createServer } from 'node:http';
      import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
      import { Agent, Pool } from 'undici';
      const server = createServer((_, answer) => answer.end('hello')).listen(0, '127.0.0.1', async () => {
        const origin = 'http://127.0.0.1:' + server.address().port;
        const config = new KubeConfig();
        config.loadFromString(JSON.stringify({
          clusters: [{ name: 'c', cluster: { server: origin, 'insecure-skip-tls-verify': true } }],
          users: [{ name: 'u', user: { token: 'sesame' } }],
          contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
          'current-context': 'x',
        }));
        const options = { headers: {} };
        await config.applyToHTTPSOptions(options);
        for (const dispatcher of [new Agent(), new Pool(origin)]) {
          const { body } = await dispatcher.request({ origin, path: '/', method: 'GET' });
          console.log(config.getCurrentCluster().server === origin, options.headers.Authorization, await body.text());
          await dispatcher.close();
        }
        server.close();
      });`;
    const outfile = join(folder, 'bundle.mjs');
    await writeFile(join(folder, 'entry.mjs'), entry);
    const banner =
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
    await build({
      ...{ absWorkingDir: root, entryPoints: [join(folder, 'entry.mjs')], outfile, plugins: [slim] },
      ...{ bundle: true, format: 'esm', platform: 'node', banner: { js: banner }, logLevel: 'error' },
    });
    const { stdout, stderr } = await runChild(process.execPath, [outfile]);
    assert.is(stdout, 'true Bearer sesame hello\ntrue Bearer sesame hello\n', stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
