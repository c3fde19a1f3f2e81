import { ESPW_PATH, KCP_ADMIN_GROUP, programUser } from '@kubestellar/api';
import { type ControllerContext, runController } from '@kubestellar/program';
import { WhereResolver } from './resolver.ts';

const USAGE = `Usage: where-resolver [flags]

Determines the destinations of each EdgePlacement and writes them into SinglePlacementSlices
beside it.

  --espw-path PATH             the edge service provider workspace (default ${ESPW_PATH})
  --espw-{kubeconfig,context,user,cluster}  access to the ESPW's server
                               (default context "root" of $KUBECONFIG or ~/.kube/config)
  --base-{kubeconfig,context,user,cluster}  write access to all workspaces, as a member of ${KCP_ADMIN_GROUP}
                               (default context "base"); acts as ${programUser('where-resolver')}, the only user
                               that may write slices
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10202 on loopback)
  -v N                         verbosity of the log (default 2)

Example: where-resolver --espw-kubeconfig admin.kubeconfig --base-kubeconfig admin.kubeconfig
`;

async function create(context: ControllerContext): Promise<WhereResolver> {
  const { logger, registry, espwPath, connect, connectToVirtualWorkspace } = context;
  const server = await connect('espw', { context: 'root' });
  // No other user may write slices. The group is needed, since only its members may impersonate a member.
  const headers = {
    'Impersonate-User': [programUser('where-resolver')],
    'Impersonate-Group': [KCP_ADMIN_GROUP],
  };
  const base = await connect('base', { context: 'base', headers });
  const virtualWorkspace = await connectToVirtualWorkspace(server.workspace(espwPath));
  return new WhereResolver(virtualWorkspace, base, logger, registry);
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
