/** kubestellar-syncer: runs in (or beside) a workload execution cluster and moves its objects. */
import { KubeClient } from '@kubestellar/kube';
import { type Flags, type Program, runProgram, UsageError } from '@kubestellar/program';
import { holderIdentity } from './heartbeat.ts';
import { ownNamespace } from './pods.ts';
import { Syncer } from './syncer.ts';

const USAGE = `Usage: kubestellar-syncer --from-kubeconfig FILE --sync-target-uid UID [flag...]

Brings the objects that the SyncerConfigs of a mailbox workspace name down into this workload execution
cluster, keeps them so, and returns their status.

  --from-kubeconfig FILE       kubeconfig of the mailbox workspace (required)
  --from-context NAME          its context (default: the current one)
  --to-kubeconfig FILE         kubeconfig of the workload cluster (default: the pod's ServiceAccount)
  --to-context NAME            its context (default: the current one)
  --sync-target-name NAME      name of the SyncTarget that stands for this cluster; for the log
  --sync-target-uid UID        identifies this syncer as holder of the Lease in the mailbox (required)
  --server-bind-address ADDR   where /healthz, /readyz and /metrics are served (default :10205, on loopback)
  --qps N, --burst N           accepted and ignored: how many writes are under way at the same time is
                               learnt from the servers' answers
  -v, --v LEVEL                0 warnings, 2 info (default), 3 debug, 5 trace
  -h, --help                   print this
`;

/** The form is fixed (docs/rules.md, syncer 1), so that servers' logs identify the client. */
const USER_AGENT = 'kubestellar#syncer/0.1.0';
const program: Program = {
  name: 'kubestellar-syncer',
  usage: USAGE,
  healthAddress: ':10205',
  flags: {
    'from-kubeconfig': { type: 'string' },
    'from-context': { type: 'string' },
    'to-kubeconfig': { type: 'string' },
    'to-context': { type: 'string' },
    'sync-target-name': { type: 'string' },
    'sync-target-uid': { type: 'string' },
    qps: { type: 'string' },
    burst: { type: 'string' },
  },
  check,
  async run({ flags, logger, registry, signal, setNotReady, setNotes }) {
    const common = { userAgent: USER_AGENT };
    const mailbox = await KubeClient.fromKubeconfig({
      ...common,
      kubeconfig: text(flags, 'from-kubeconfig'),
      context: text(flags, 'from-context'),
    });
    const wec = await KubeClient.fromKubeconfig({
      ...common,
      kubeconfig: text(flags, 'to-kubeconfig'),
      context: text(flags, 'to-context'),
      inCluster: flags['to-kubeconfig'] === undefined,
    });
    const holder = holderIdentity(text(flags, 'sync-target-uid') ?? '');
    const context = { mailbox: mailbox.connection.server, cluster: wec.connection.server };
    logger.info({ syncTarget: text(flags, 'sync-target-name'), ...context }, 'syncer starts');
    // Only where the syncer is in the cluster itself are its pods there.
    const podNamespace = flags['to-kubeconfig'] === undefined ? await ownNamespace() : undefined;
    const syncer = new Syncer({ mailbox, wec, holder, podNamespace, logger, registry });
    setNotReady(() => syncer.notReady());
    setNotes(() => syncer.notes());
    syncer.start();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await syncer.stop();
    await Promise.all([mailbox.connection.close(), wec.connection.close()]);
  },
};

/** @throws UsageError for flags without which, or with which, nothing can be done */
function check(flags: Flags): void {
  for (const flag of ['from-kubeconfig', 'sync-target-uid']) {
    if (!text(flags, flag)) throw new UsageError(`--${flag} is required`);
  }
  if (flags['to-kubeconfig'] === undefined) {
    if (flags['to-context'] !== undefined) throw new UsageError('--to-context needs --to-kubeconfig');
    if (!process.env.KUBERNETES_SERVICE_HOST) {
      throw new UsageError('--to-kubeconfig is required outside of a cluster');
    }
  }
  for (const flag of ['qps', 'burst']) {
    if (flags[flag] !== undefined && Number.isNaN(Number(flags[flag])))
      throw new UsageError(`--${flag} takes a number`);
  }
}

function text(flags: Flags, flag: string): string | undefined {
  const value = flags[flag];
  return typeof value === 'string' ? value : undefined;
}

await runProgram(program, process.argv.slice(2));
