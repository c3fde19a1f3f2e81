import {
  HOSTED_CORE,
  type KubeObject,
  PERSISTENT_VOLUME_CLAIMS,
  SECRETS,
  STORAGE_CLASSES,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { DATA_VERSION } from '../core/labels.ts';
import type { Objects } from '../hosting/owned.ts';
import type { Secret } from '../hosting/secret.ts';
import { type Finding, fine, problem } from '../report.ts';
import type { Settings, Storage } from '../settings.ts';
import { parseQuantity } from './quantity.ts';

/** A volume claim in the parts that are read. */
type Claim = KubeObject<
  { storageClassName?: string; resources?: { requests?: { storage?: string } } },
  {
    phase?: 'Pending' | 'Bound' | 'Lost';
    capacity?: { storage?: string };
    conditions?: { type: string; status: string; message?: string }[];
  }
>;

type StorageClass = KubeObject & { volumeBindingMode?: string; allowVolumeExpansion?: boolean };
type ClaimStorage = Extract<Storage, { type: 'claim' }>;

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/**
 * Ensures the volume claim of the embedded etcd, and grows it. It is never shrunk or replaced: it holds all data.
 * @returns the state of the storage
 */
export async function reconcileStorage(
  { storage, namespace }: Settings,
  release: string,
  deps: { objects: Objects; client: KubeClient },
): Promise<Finding> {
  if (storage.type === 'etcd') return etcdFinding(storage, namespace, deps.client);
  if (storage.type === 'ephemeral') return fine('Ephemeral', 'the data is lost when the pod ends');
  const live = await deps.objects.get<Claim>(PERSISTENT_VOLUME_CLAIMS, HOSTED_CORE.volumeClaim);
  const present = live?.spec?.resources?.requests?.storage;
  if (present !== undefined && parseQuantity(storage.size) < parseQuantity(present)) {
    return problem(
      'ShrinkRefused',
      `the volume claim "${HOSTED_CORE.volumeClaim}" has ${present} and cannot shrink to ${storage.size}; ` +
        `set spec.storage.size back to ${present} or more`,
    );
  }
  const className = live?.spec?.storageClassName;
  if (storage.className !== undefined && className !== undefined && className !== storage.className) {
    return problem(
      'ClassFixed',
      `the volume claim "${HOSTED_CORE.volumeClaim}" is of StorageClass "${className}", which cannot change; ` +
        'set spec.storage.storageClassName back, or move the data by backup and restore',
    );
  }
  await deps.objects.ensure<Claim>(PERSISTENT_VOLUME_CLAIMS, claim(storage, live, release), {
    retain: storage.retain,
  });
  return claimFinding(
    live,
    storage,
    await readClass(deps.client, live?.spec?.storageClassName ?? storage.className),
  );
}

/** Checks the user's Secret. If a part of it were missing, the pod would wait, or kcp end, without a clear reason. */
async function etcdFinding(
  { tlsSecret }: Extract<Storage, { type: 'etcd' }>,
  namespace: string,
  client: KubeClient,
): Promise<Finding> {
  if (tlsSecret !== undefined) {
    const secret = await client.get<Secret>(SECRETS, { namespace, name: tlsSecret });
    const missing = ['ca.crt', 'tls.crt', 'tls.key'].filter((key) => !secret?.data?.[key]);
    if (missing.length > 0) {
      return problem(
        'EtcdSecretInvalid',
        `${secret ? `Secret "${tlsSecret}" lacks ${missing.join(', ')}` : `Secret "${tlsSecret}" does not exist`} in ` +
          `namespace "${namespace}"; it needs ca.crt, tls.crt and tls.key of a client of the etcd`,
      );
    }
  }
  return fine('NotNeeded', 'the data is in the given etcd');
}

function claim(
  storage: ClaimStorage,
  live: Claim | undefined,
  release: string,
): Omit<Claim, 'apiVersion' | 'kind'> {
  // A claim's class cannot change later. Without a requested class, the cluster chooses one.
  const className = storage.className && (live?.spec?.storageClassName ?? storage.className);
  return {
    metadata: { name: HOSTED_CORE.volumeClaim, annotations: { [DATA_VERSION]: release } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(className === undefined ? {} : { storageClassName: className }),
      resources: { requests: { storage: storage.size } },
    } as Claim['spec'] & object,
  };
}

/** The class of that name, or the cluster's default; undefined when it does not exist. */
async function readClass(client: KubeClient, name: string | undefined): Promise<StorageClass | undefined> {
  if (name !== undefined) return client.get<StorageClass>(STORAGE_CLASSES, { name });
  const classes = await client.list<StorageClass>(STORAGE_CLASSES);
  return classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true');
}

/** Turns the claim's state into a finding. */
function claimFinding(
  live: Claim | undefined,
  storage: ClaimStorage,
  storageClass: StorageClass | undefined,
): Finding {
  const resizing = live?.status?.conditions?.find(
    ({ type, status }) => /Resize.*Error|ResizeFailed/i.test(type) && status === 'True',
  );
  if (resizing)
    return problem('ResizeFailed', `the volume cannot grow: ${resizing.message ?? resizing.type}`);
  if (live?.status?.phase === 'Bound')
    return fine('Bound', `${live.status.capacity?.storage ?? storage.size}`);
  if (live?.status?.phase === 'Lost') {
    return problem(
      'VolumeLost',
      'the volume of the claim no longer exists; restore a backup into a new claim',
    );
  }
  if (!storageClass) {
    const which =
      storage.className === undefined ? 'no default StorageClass' : `no StorageClass "${storage.className}"`;
    return problem(
      'StorageClassMissing',
      `the cluster has ${which}; set spec.storage.storageClassName or create it`,
    );
  }
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer') {
    return problem('WaitingForConsumer', "the volume is created when the core's pod is scheduled");
  }
  return problem(
    'Provisioning',
    `StorageClass "${storageClass.metadata.name}" has not created the volume yet`,
  );
}
