import type { Context } from '../context.ts';
import { runOrThrow } from './docker.ts';

const LIMIT_MS = 60_000;
const KUBECTL = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf';
/** On the node's own disk: /tmp, where Kubernetes' fallback makes volumes, is gone when the node restarts. */
const FOLDER = '/var/local/volumes';
const COUNT = 12;
const CLASS = 'standard';

/**
 * Gives a cluster volumes that outlive restarts of its node and that users other than root can write. kind's own
 * node image brings a provisioner; without one kind falls back to one of Kubernetes' whose volumes are neither.
 */
export async function ensureVolumes(context: Context, node: string): Promise<void> {
  const script = `
if [ "$(${KUBECTL} get storageclass ${CLASS} -o 'jsonpath={.provisioner}')" != kubernetes.io/host-path ]; then exit 0; fi
for n in $(seq ${COUNT}); do mkdir -p -m 0777 ${FOLDER}/$n; done
${KUBECTL} delete storageclass ${CLASS}
${KUBECTL} create -f - <<'END'
${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [storageClass(), ...volumes(node)] })}
END`;
  await runOrThrow(context, 'docker', ['exec', node, 'sh', '-euc', script], { timeout: LIMIT_MS });
}

/** As kind's own class, it binds a volume when a pod wants it. */
function storageClass(): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  };
}

function volumes(node: string): object[] {
  return Array.from({ length: COUNT }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `local-${index + 1}` },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: CLASS,
      local: { path: `${FOLDER}/${index + 1}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  }));
}
