/** The current workspace, in the form in which kcp's `kubectl ws` keeps it in the kubeconfig. */
import { type Edit, editKubeconfig } from '../kubeconfig/edit.ts';
import { defaultFile, type KubeconfigFiles } from '../kubeconfig/files.ts';
import {
  type Entry,
  type Fields,
  type Kubeconfig,
  readKubeconfig,
  type Section,
  selectContext,
  withAbsolutePaths,
} from '../kubeconfig/kubeconfig.ts';
import { serverOf, workspaceOf } from './path.ts';

/** Context and cluster of the current workspace. */
export const CURRENT = 'workspace.kcp.io/current';
/** Those of the previous workspace; `kubectl ws -` enters it. */
export const PREVIOUS = 'workspace.kcp.io/previous';

/**
 * Makes `workspace` the current one, as `kubectl ws` would. Writes nothing when it is already.
 * @throws CommandFailure when the kubeconfig cannot be written
 */
export async function switchWorkspace(files: KubeconfigFiles, workspace: string): Promise<void> {
  await editKubeconfig(() => editsToEnter(readKubeconfig(files), workspace));
}

/** @returns what to change in the kubeconfig, so that `workspace` becomes the current one */
function editsToEnter(config: Kubeconfig, workspace: string): Edit[] {
  const { contextName, context, cluster, server } = selectContext(config);
  if (workspaceOf(server) === workspace) return [];
  const entered = { ...withAbsolutePaths(cluster), server: serverOf(server, workspace) };
  const edits = [
    edit(config, 'clusters', CURRENT, entered, cluster),
    edit(config, 'contexts', CURRENT, { ...context.fields, cluster: CURRENT }, context),
  ];
  if (contextName === CURRENT) {
    edits.push(
      edit(config, 'clusters', PREVIOUS, withAbsolutePaths(cluster), cluster),
      edit(config, 'contexts', PREVIOUS, { ...context.fields, cluster: PREVIOUS }, context),
    );
  } else {
    edits.push(edit(config, 'contexts', PREVIOUS, context.fields, context));
  }
  return [...edits, { file: defaultFile(config.files), currentContext: CURRENT }];
}

/** An entry is changed in its file; a new one is written to the file of its source (kubectl's rule). */
function edit(config: Kubeconfig, section: Section, name: string, fields: Fields, origin: Entry): Edit {
  return { file: (config[section].get(name) ?? origin).file, section, name, fields };
}
