import { EDGE_GROUP, ESPW_PATH } from '@kubestellar/api';
import { KubeClient, waitForExportView } from '@kubestellar/kube';
import {
  connectionFlags,
  connectionFrom,
  numberFlag,
  type ProgramContext,
  runProgram,
  whenAborted,
} from '@kubestellar/kube/program';
import { MailboxController } from './controller.ts';

const USAGE = `Usage: mailbox-controller [flags]

Keeps one mailbox workspace for each SyncTarget, and tells in the SyncTarget's status
whether its syncer is at work.

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

async function run({ flags, logger, registry, signal, setNotReady }: ProgramContext): Promise<void> {
  const client = (prefix: string, context: string) =>
    KubeClient.fromKubeconfig(
      connectionFrom(flags, prefix, { context, userAgent: 'kubestellar/mailbox-controller' }),
    );
  const concurrency = numberFlag(flags, 'concurrency', 4, 1);
  const espwPath = String(flags['espw-path'] ?? ESPW_PATH);
  const espw = (await client('root', 'root')).workspace(espwPath);
  const mailboxes = await client('mbws', 'base');
  const everywhere = await client('allclusters', 'system:admin');
  setNotReady(() => ['waiting for the APIExport view']);
  const view = await waitForExportView(espw, EDGE_GROUP, logger, signal);
  const options = { view, espw, espwPath, mailboxes, everywhere, concurrency, logger, registry };
  const controller = new MailboxController(options);
  setNotReady(() => controller.notReady());
  await Promise.race([controller.start(), whenAborted(signal)]);
  if (!signal.aborted) logger.info('watching');
  await whenAborted(signal);
  await controller.stop();
}

await runProgram(
  {
    name: 'mailbox-controller',
    usage: USAGE,
    healthAddress: ':10203',
    flags: {
      concurrency: { type: 'string' },
      'espw-path': { type: 'string' },
      ...connectionFlags('root'),
      ...connectionFlags('mbws'),
      ...connectionFlags('allclusters'),
    },
    run,
  },
  process.argv.slice(2),
);
