import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  bundlesIn,
  type Command,
  type Component,
  goModulesOf,
  nodeComponent,
  nodeRuntime,
  npmComponent,
  platformOf,
  type Target,
} from '@kubestellar/packaging';
import { cacheFolder, goModuleDir, provideTools, toolVersion } from '@kubestellar/toolchain';
import { entriesOf, type LayerEntry } from '@kubestellar/toolchain/oci';

/** What a release archive is made of. */
export interface Archive {
  /** Its file name without `.tar.gz`. */
  name: string;
  version: string;
  entries: LayerEntry[];
  components: Component[];
}

/**
 * Our programs for users and administrators: `bin/` with the commands, `chart/`, and in `dist/` what the commands
 * run, Node included. Only files: krew refuses links. Throws ToolchainError.
 */
export async function kubestellarArchive(
  command: Command,
  root: string,
  version: string,
  target: Target,
): Promise<Archive> {
  const node = await nodeRuntime(command, root, join(cacheFolder(), 'packages'), target);
  const bundles = await bundlesIn(command, root, { folder: '/dist', target, node });
  const launcher = join(root, 'bin', '.launch');
  const chart = join(root, 'chart');
  return {
    name: `kubestellar_${version}_${target.os}_${target.architecture}`,
    version,
    entries: [
      ...bundles.entries,
      ...bundles.commands.map(
        ({ name }): LayerEntry => ({ path: `/bin/${name}`, type: 'file', from: launcher, mode: 0o755 }),
      ),
      ...(existsSync(chart) ? await entriesOf(chart, '/chart') : []),
      { path: '/dist/node', type: 'file', from: node.program, mode: 0o755 },
      { path: '/dist/NOTICES', type: 'file', content: bundles.notices },
      { path: '/dist/node.LICENSE', type: 'file', from: node.license },
      { path: '/README.md', type: 'file', from: join(root, 'release', 'archive', 'README.md') },
      { path: '/LICENSE', type: 'file', from: join(root, 'LICENSE') },
    ],
    components: [nodeComponent(node), ...bundles.packages.map(npmComponent)],
  };
}

/** kcp as we build it, with its plugin `kubectl ws`: what a bare core needs besides. Throws ToolchainError. */
export async function kcpArchive(command: Command, target: Target): Promise<Archive> {
  const tools = await provideTools(['kcp', 'kubectl-ws'], command, platformOf(target));
  const license = join(await goModuleDir('kcp', 'github.com/kcp-dev/kcp', command), 'LICENSE');
  // A "+" is not kept by every server of files.
  const version = toolVersion('kcp').slice(1).replace('+', '-');
  return {
    name: `kcp_${version}_${target.os}_${target.architecture}`,
    version,
    entries: [
      { path: '/bin/kcp', type: 'file', from: tools.kcp, mode: 0o755 },
      { path: '/bin/kubectl-ws', type: 'file', from: tools['kubectl-ws'], mode: 0o755 },
      { path: '/bin/kubectl-workspace', type: 'link', to: 'kubectl-ws' },
      { path: '/LICENSE', type: 'file', from: license },
    ],
    components: [
      ...(await goModulesOf(command, tools.kcp)),
      ...(await goModulesOf(command, tools['kubectl-ws'])),
    ],
  };
}
