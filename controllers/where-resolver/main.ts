import { ESPW_PATH } from '@kubestellar/api';
import { type ControllerContext, runController } from '@kubestellar/kube/program';
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

async function create(context: ControllerContext): Promise<WhereResolver> {
  const { logger, registry, espwPath, connect, exportView } = context;
  const server = await connect('espw', { context: 'root' });
  const base = await connect('base', { context: 'base' });
  const view = await exportView(server.workspace(espwPath));
  return new WhereResolver(view, base, logger, registry);
}

await runController(
  {
    name: 'where-resolver',
    usage: USAGE,
    healthAddress: ':10202',
    flags: {},
    connections: ['espw', 'base'],
    create,
  },
  process.argv.slice(2),
);
