import { ESPW_PATH } from '@kubestellar/api';
import {
  type ControllerContext,
  type ControllerProgram,
  connectionFrom,
  numberFlag,
} from '@kubestellar/program';
import { Translator } from './controller.ts';
import { Evaluator } from './evaluation/evaluator.ts';

/** Beside this file: as a source, or as the bundle that the build makes of it. */
const WORKER = import.meta.url.endsWith('.ts')
  ? './evaluation/worker.ts'
  : './placement-translator-worker.js';

const USAGE = `Usage: placement-translator [flags]

Copies the objects that EdgePlacements select into the mailbox workspaces of the
clusters that they select, and lists for each syncer what to move.

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

async function create(context: ControllerContext): Promise<Translator> {
  const { flags, logger, registry, espwPath, connect, connectToVirtualWorkspace, coreUid } = context;
  const root = await connect('root', { context: 'root' });
  const espwServer = await connect('espw', connectionFrom(flags, 'root', { context: 'root' }));
  const everywhere = await connect('allclusters', { context: 'system:admin' });
  const espw = espwServer.workspace(espwPath);
  const view = await connectToVirtualWorkspace(espw);
  const core = await coreUid(everywhere.workspace(espwPath));
  const concurrency = numberFlag(flags, 'concurrency', 64, 1);
  const evaluator = new Evaluator({ program: new URL(WORKER, import.meta.url), logger, registry });
  const clients = { everywhere, root, espw, view };
  return new Translator({ ...clients, espwPath, core, concurrency, evaluator, logger, registry });
}

/** The program, which main.ts runs. */
export const program: ControllerProgram = {
  name: 'placement-translator',
  usage: USAGE,
  healthAddress: ':10204',
  flags: { concurrency: { type: 'string' } },
  connections: ['root', 'espw', 'allclusters'],
  create,
};
