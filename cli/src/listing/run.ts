/** `kubestellar-list-syncing-objects`: lists or follows objects of one kind in the mailbox workspaces. */
import { ESPW_PATH, groupResourceOf, type Resource, ROOT_PATH } from '@kubestellar/api';
import { type Choice, connectTo, targetOf } from '../kubeconfig/connect.ts';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { FlagValues } from '../shell/flags.ts';
import { untilSignal } from '../shell/interrupt.ts';
import type { Output } from '../shell/output.ts';
import { commandLogger } from '../workspace/logger.ts';
import { workspaceOf } from '../workspace/path.ts';
import { Follower } from './follow.ts';
import { formatObject } from './format.ts';
import { type Access, listOnce } from './list.ts';

/** Lists the objects and returns, or with --watch runs until SIGINT or SIGTERM. */
export async function listSyncing(flags: FlagValues, kind: Resource, output: Output): Promise<void> {
  const json = flags.flag('json');
  const access = await openAccess(flags);
  if (flags.flag('watch')) return follow(access, kind, json, output);
  const served = await listOnce(access, kind, (object) => output.result(formatObject(object, json)));
  if (!served)
    output.remark(`No mailbox workspace serves ${groupResourceOf(kind)} in version ${kind.version}.`);
}

async function follow(access: Access, kind: Resource, json: boolean, output: Output): Promise<void> {
  const logger = commandLogger((reason, level) => {
    if (level === 'warning') output.remark(`${reason}; trying again`);
  });
  const follower = new Follower(access, kind, logger, (action, object) => {
    output.result(formatObject(object, json, action));
  });
  const ended = untilSignal();
  await Promise.race([follower.start(), ended]);
  await ended;
  await follower.stop();
}

/** Of kubectl's flags only those that hold for whatever server and user. */
function requestFlags(flags: FlagValues): FlagValues {
  const some = new FlagValues();
  const timeout = flags.text('request-timeout');
  if (timeout !== undefined) some.add('request-timeout', timeout);
  return some;
}

/** The two configurations of the reference: "parent" and "all". */
async function openAccess(flags: FlagValues): Promise<Access> {
  const [parent, all] = await Promise.all([
    connection(flags, 'parent', 'root'),
    connection(flags, 'all', 'system:admin'),
  ]);
  // The documented default context is root's; mailbox workspaces are one level below.
  const path = workspaceOf(`https://server${parent.path}`) ?? ROOT_PATH;
  return { parent: parent.workspace(path === ROOT_PATH ? ESPW_PATH : path), all };
}

async function connection(flags: FlagValues, prefix: 'parent' | 'all', context: string) {
  const config = readKubeconfig(
    kubeconfigFiles(flags.text(`${prefix}-kubeconfig`) ?? flags.text('kubeconfig')),
  );
  const choice: Choice = {
    context: flags.text(`${prefix}-context`) ?? context,
    cluster: flags.text(`${prefix}-cluster`),
    user: flags.text(`${prefix}-user`),
  };
  return connectTo(targetOf(config, choice), requestFlags(flags));
}
