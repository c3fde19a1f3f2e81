import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { FIELD_MANAGERS, OPERATOR_LEASE } from '@kubestellar/api';
import { KubeClient, LeaseHolder } from '@kubestellar/kube';
import {
  connectionFlags,
  connectionFrom,
  type Flags,
  type ProgramContext,
  runProgram,
  UsageError,
  whenAborted,
} from '@kubestellar/program';
import { Operator } from './operator.ts';
import { releaseOf } from './release.ts';

const USAGE = `Usage: kubestellar-operator [flags]

Runs the KubeStellar core of one namespace of a hosting cluster. It creates and repairs its
certificates, storage, workload and exposure, as the KubeStellar object in that namespace asks.

  --namespace NAME             namespace of the KubeStellar (default: the namespace of the pod)
  --holder NAME                identity for leader election (default: host name and process id)
  --hosting-{kubeconfig,context,user,cluster}  access to the hosting cluster
                               (default: $KUBECONFIG, ~/.kube/config, or the pod's ServiceAccount)
  --server-bind-address ADDR   /healthz, /readyz, /metrics (default :10210 on loopback)
  -v N                         verbosity of the log (default 2)

Example: kubestellar-operator --namespace kubestellar --hosting-kubeconfig ~/.kube/config
`;

/** Where a pod finds its namespace. */
const POD_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** Milliseconds; the Lease is lost after three that fail. */
const RENEW_EVERY = 5_000;

async function run({ flags, logger, registry, signal, setNotReady }: ProgramContext): Promise<void> {
  const namespace = namespaceOf(flags);
  const client = await KubeClient.fromKubeconfig(
    connectionFrom(flags, 'hosting', { userAgent: 'kubestellar/operator' }),
  );
  const release = releaseOf(import.meta.dirname);
  const operator = new Operator({ client, namespace, release, logger, registry });
  const lost = new AbortController();
  const lease = new LeaseHolder({
    client,
    namespace,
    name: OPERATOR_LEASE,
    holder: String(flags.holder ?? `${hostname()}-${process.pid}`),
    fieldManager: FIELD_MANAGERS.operator,
    renewEvery: RENEW_EVERY,
    logger,
    owner: () => operator.owner,
    onAcquired: () => {
      logger.info({ namespace, release }, 'leading');
      void operator.start();
    },
    onLost: () => lost.abort(),
  }).start();
  // A standby is as ready as the leader; an operator that cannot read the Lease is not ready.
  setNotReady(() =>
    lease.holder === undefined ? [`the Lease ${OPERATOR_LEASE} could not be read yet`] : [],
  );
  await whenAborted(AbortSignal.any([signal, lost.signal]));
  await operator.stop();
  await lease.stop();
  // Another operator leads now. This one restarts, so that nothing of its former work continues.
  if (lost.signal.aborted) throw new Error(`lost the Lease ${OPERATOR_LEASE}`);
}

function namespaceOf(flags: Flags): string {
  if (typeof flags.namespace === 'string' && flags.namespace !== '') return flags.namespace;
  try {
    return readFileSync(POD_NAMESPACE, 'utf8').trim();
  } catch {
    throw new UsageError('--namespace is required outside of a pod');
  }
}

await runProgram(
  {
    name: 'kubestellar-operator',
    usage: USAGE,
    healthAddress: ':10210',
    flags: { namespace: { type: 'string' }, holder: { type: 'string' }, ...connectionFlags('hosting') },
    run,
  },
  process.argv.slice(2),
);
