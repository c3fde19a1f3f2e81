import { bundlesIn, type Command, type NodeRuntime, type Target } from '@kubestellar/packaging';
import { PROGRAM_ENVIRONMENT, PROGRAM_NODE_FLAGS } from '@kubestellar/process';
import type { LayerEntry } from '@kubestellar/toolchain/oci';

/** Where the bundles lie in the image. */
const FOLDER = '/usr/lib/kubestellar/dist';
/** Where Node lies in the image. */
export const NODE_PATH = '/usr/local/bin/node';

/** Our programs, and a command for each in /usr/local/bin: all of bin/ and every bundle by its own name. */
export async function programEntries(
  command: Command,
  root: string,
  target: Target,
  node: NodeRuntime,
): Promise<{ entries: LayerEntry[]; packages: string[] }> {
  const { entries, packages, notices, programs, commands } = await bundlesIn(command, root, {
    folder: FOLDER,
    target,
    node,
  });
  entries.push({ path: '/usr/share/doc/kubestellar/NOTICES', type: 'file', content: notices });
  const bundleOf = new Map(programs.map((name) => [name, name]));
  for (const { name, bundle } of commands) bundleOf.set(name, bundle);
  for (const [name, bundle] of bundleOf) {
    entries.push(
      bundle === 'cli'
        ? launcher(name, [`${FOLDER}/cli.js`, name], {})
        : launcher(name, [...PROGRAM_NODE_FLAGS, `${FOLDER}/${bundle}.js`], PROGRAM_ENVIRONMENT),
    );
  }
  return { entries, packages };
}

/**
 * A command without a shell: Node reads it as CommonJS and becomes Node with the right flags, in the same process,
 * so that signals reach the program itself. A `#!` line could pass only one flag.
 */
function launcher(name: string, args: readonly string[], env: object): LayerEntry {
  const content = `#!${NODE_PATH}
process.execve(process.execPath, ${JSON.stringify([NODE_PATH, ...args])}.concat(process.argv.slice(2)), { ...process.env, ...${JSON.stringify(env)} });
`;
  return { path: `/usr/local/bin/${name}`, type: 'file', content, mode: 0o755 };
}
