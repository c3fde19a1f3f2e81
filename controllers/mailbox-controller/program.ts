import { ESPW_PATH } from '@kubestellar/api';
import { type ControllerContext, type ControllerProgram, numberFlag } from '@kubestellar/program';
import { MailboxController } from './controller.ts';

const USAGE = `Usage: mailbox-controller [flags]

Keeps one mailbox workspace for each SyncTarget, and reports in the SyncTarget's status
whether its syncer is active.

  --concurrency N              reconciles at the same time (default 4)
  --espw-path PATH             the edge service provider workspace (default ${ESPW_PATH})
  --root-{kubeconfig,context,user,cluster}  access to the ESPW and its child workspaces
                               (default context "root" of $KUBECONFIG or ~/.kube/config)
  --mbws-{kubeconfig,context,user,cluster}  access to the mailbox workspaces
                               (default context "base")
  --allclusters-{kubeconfig,context,user,cluster}  access to all workspaces at once
                               (default context "system:admin")
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10203 on loopback)
  -v N                         verbosity of the log (default 2)

Example: KUBECONFIG=admin.kubeconfig mailbox-controller --concurrency 8
`;

async function create(context: ControllerContext): Promise<MailboxController> {
  const { flags, logger, registry, espwPath, connect, connectToVirtualWorkspace, coreUid } = context;
  const concurrency = numberFlag(flags, 'concurrency', 4, 1);
  const espw = (await connect('root', { context: 'root' })).workspace(espwPath);
  const mailboxes = await connect('mbws', { context: 'base' });
  const everywhere = await connect('allclusters', { context: 'system:admin' });
  const view = await connectToVirtualWorkspace(espw);
  const core = await coreUid(everywhere.workspace(espwPath));
  const options = { view, espw, espwPath, core, mailboxes, everywhere, concurrency, logger, registry };
  return new MailboxController(options);
}

/** The program, which main.ts runs. */
export const program: ControllerProgram = {
  name: 'mailbox-controller',
  usage: USAGE,
  healthAddress: ':10203',
  flags: { concurrency: { type: 'string' } },
  connections: ['root', 'mbws', 'allclusters'],
  create,
};
