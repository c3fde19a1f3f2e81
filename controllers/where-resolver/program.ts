import { ESPW_PATH, KCP_ADMIN_GROUP, programUser } from '@kubestellar/api';
import type { ControllerContext, ControllerProgram } from '@kubestellar/program';
import { WhereResolver } from './resolver.ts';

const USAGE = `Usage: where-resolver [flags]

Finds the destinations of each EdgePlacement and writes them into SinglePlacementSlices
beside it.

  --espw-path PATH             the edge service provider workspace (default ${ESPW_PATH})
  --espw-{kubeconfig,context,user,cluster}  access to the ESPW's server
                               (default context "root" of $KUBECONFIG or ~/.kube/config)
  --base-{kubeconfig,context,user,cluster}  access to all workspaces, to write, as a member of ${KCP_ADMIN_GROUP}
                               (default context "base"); acts as ${programUser('where-resolver')}, who alone may
                               write slices
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10202 on loopback)
  -v N                         verbosity of the log (default 2)

Example: where-resolver --espw-kubeconfig admin.kubeconfig --base-kubeconfig admin.kubeconfig
`;

async function create(context: ControllerContext): Promise<WhereResolver> {
  const { logger, registry, espwPath, connect, exportView } = context;
  const server = await connect('espw', { context: 'root' });
  // Nobody else may write slices; the group comes along, since only its members may act as one of it.
  const headers = {
    'Impersonate-User': [programUser('where-resolver')],
    'Impersonate-Group': [KCP_ADMIN_GROUP],
  };
  const base = await connect('base', { context: 'base', headers });
  const view = await exportView(server.workspace(espwPath));
  return new WhereResolver(view, base, logger, registry);
}

/** The program, which main.ts runs. */
export const program: ControllerProgram = {
  name: 'where-resolver',
  usage: USAGE,
  healthAddress: ':10202',
  flags: {},
  connections: ['espw', 'base'],
  create,
};
