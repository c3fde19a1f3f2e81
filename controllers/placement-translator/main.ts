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
import { Translator } from './translator.ts';

const USAGE = `Usage: placement-translator [flags]

Copies the objects that EdgePlacements select into the mailbox workspaces of the
clusters that they select, and tells each syncer what to move.

  --concurrency N              reconciles at the same time per queue (default 64; how many write at the same time is
                               learnt from the server's answers)
  --espw-path PATH             the edge service provider workspace (default ${ESPW_PATH})
  --root-{kubeconfig,context,user,cluster}         access to the root workspace
                               (default context "root" of $KUBECONFIG or ~/.kube/config)
  --allclusters-{kubeconfig,context,user,cluster}  access to all workspaces
                               (default context "system:admin")
  --espw-{kubeconfig,context,user,cluster}         access to the ESPW (default as for root)
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10204 on loopback)
  -v N                         verbosity of the log (default 2)

Example: placement-translator --root-kubeconfig admin.kubeconfig --allclusters-kubeconfig admin.kubeconfig
`;

async function run({ flags, logger, registry, signal, setNotReady }: ProgramContext): Promise<void> {
  const userAgent = 'kubestellar/placement-translator';
  const root = await KubeClient.fromKubeconfig(connectionFrom(flags, 'root', { context: 'root', userAgent }));
  const rootFlags = connectionFrom(flags, 'root', { context: 'root', userAgent });
  const espwBase = await KubeClient.fromKubeconfig(connectionFrom(flags, 'espw', rootFlags));
  const everywhere = await KubeClient.fromKubeconfig(
    connectionFrom(flags, 'allclusters', { context: 'system:admin', userAgent }),
  );
  const espw = espwBase.workspace(String(flags['espw-path'] ?? ESPW_PATH));
  setNotReady(() => ['waiting for the APIExport view']);
  const view = await waitForExportView(espw, EDGE_GROUP, logger, signal);
  const concurrency = numberFlag(flags, 'concurrency', 64, 1);
  const translator = new Translator({ everywhere, root, espw, view, concurrency, logger, registry });
  setNotReady(() => translator.notReady());
  await Promise.race([translator.start(), whenAborted(signal)]);
  if (!signal.aborted) logger.info('watching');
  await whenAborted(signal);
  await translator.stop();
}

await runProgram(
  {
    name: 'placement-translator',
    usage: USAGE,
    healthAddress: ':10204',
    flags: {
      concurrency: { type: 'string' },
      'espw-path': { type: 'string' },
      ...connectionFlags('root'),
      ...connectionFlags('espw'),
      ...connectionFlags('allclusters'),
    },
    run,
  },
  process.argv.slice(2),
);
