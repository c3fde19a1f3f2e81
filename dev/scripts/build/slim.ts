import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from '../root.ts';

/** The namespace of modules that exist in bundles only; their paths in esbuild's metafile begin with it. */
export const SLIM = 'slim';

const UNDICI = `
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import api from 'undici/lib/api/index.js';
Object.assign(Dispatcher.prototype, api);
class ProxyAgent { constructor() { throw new Error('proxies are left out of this build'); } }
export { Agent, Dispatcher, Pool, ProxyAgent };
`;

/** What client-node's kubeconfig reader imports and our client layer never calls: it makes connections itself. */
export const UNUSED: Record<string, string> = {
  './gen/index.js': stub('createConfiguration', 'ServerConfiguration'),
  './middleware.js': stub('setHeaderMiddleware'),
  'socks-proxy-agent': stub('SocksProxyAgent'),
  socks: stub('SocksClient'),
  hpagent: stub('HttpProxyAgent', 'HttpsProxyAgent'),
};

/**
 * Leaves out of the bundles what no program reaches, which halves what they hold in memory beyond Node's own:
 * of undici its mocks, caches and browser APIs, of client-node the classes of all Kubernetes types and its
 * proxies (the client layer refuses a kubeconfig with a `proxy-url`). A stub that is called after all throws.
 */
export const slim: Plugin = {
  name: SLIM,
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'undici', namespace: SLIM } : undefined,
    );
    const unused = new RegExp(`^(${Object.keys(UNUSED).map(escapePattern).join('|')})$`);
    build.onResolve({ filter: unused }, ({ path, importer }) =>
      /client-node[\\/]dist[\\/]config\.js$/.test(importer) ? { path, namespace: SLIM } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: SLIM }, ({ path }) => ({
      contents: UNUSED[path] ?? UNDICI,
      // All who depend on undici have the same one.
      resolveDir: join(root, 'lib', 'kube'),
    }));
  },
};

function stub(...names: string[]): string {
  return names
    .map((name) => `export function ${name}() { throw new Error('${name} is left out of this build'); }`)
    .join('\n');
}

function escapePattern(text: string): string {
  return text.replaceAll(/[./]/g, '\\$&');
}
