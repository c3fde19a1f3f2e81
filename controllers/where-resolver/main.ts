import { EDGE_GROUP, ESPW_PATH } from '@kubestellar/api';
import { KubeClient, waitForExportView } from '@kubestellar/kube';
import {
  connectionFlags,
  connectionFrom,
  type ProgramContext,
  runProgram,
  whenAborted,
} from '@kubestellar/kube/program';
import { WhereResolver } from './resolver.ts';

const USAGE = `Usage: where-resolver [flags]

Finds the destinations of each EdgePlacement and writes them into SinglePlacementSlices
beside it.

  --espw-path PATH             the edge service provider workspace (default ${ESPW_PATH})
  --espw-{kubeconfig,context,user,cluster}  access to the ESPW's server
                               (default context "root" of $KUBECONFIG or ~/.kube/config)
  --base-{kubeconfig,context,user,cluster}  access to all workspaces, to write
                               (default context "base")
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10202 on loopback)
  -v N                         verbosity of the log (default 2)

Example: where-resolver --espw-kubeconfig admin.kubeconfig --base-kubeconfig admin.kubeconfig
`;

async function run({ flags, logger, registry, signal, setNotReady }: ProgramContext): Promise<void> {
  const userAgent = 'kubestellar/where-resolver';
  const server = await KubeClient.fromKubeconfig(
    connectionFrom(flags, 'espw', { context: 'root', userAgent }),
  );
  const base = await KubeClient.fromKubeconfig(connectionFrom(flags, 'base', { context: 'base', userAgent }));
  const espw = server.workspace(String(flags['espw-path'] ?? ESPW_PATH));
  setNotReady(() => ['waiting for the APIExport view']);
  const view = await waitForExportView(espw, EDGE_GROUP, logger, signal);
  const resolver = new WhereResolver(view, base, logger, registry);
  setNotReady(() => resolver.notReady());
  await Promise.race([resolver.start(), whenAborted(signal)]);
  if (!signal.aborted) logger.info('watching');
  await whenAborted(signal);
  await resolver.stop();
}

await runProgram(
  {
    name: 'where-resolver',
    usage: USAGE,
    healthAddress: ':10202',
    flags: { 'espw-path': { type: 'string' }, ...connectionFlags('espw'), ...connectionFlags('base') },
    run,
  },
  process.argv.slice(2),
);
