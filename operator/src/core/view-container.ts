import { HOSTED_CORE } from '@kubestellar/api';
import { serverUrl } from '../pki/kubeconfig.ts';
import { VIEW_FILES } from '../pki/view.ts';
import type { Settings } from '../settings.ts';
import { container, healthArgs, POD_IP, probes } from './container.ts';
import { PORT_NAMES } from './labels.ts';

const PKI = '/etc/kubestellar/pki';
const HEALTH_PORT = 10206;

/** The volume with the files of the view. */
export const VIEW_VOLUME = {
  name: 'view-pki',
  secret: { secretName: HOSTED_CORE.viewSecret, defaultMode: 0o440 },
};

/** The container `view`. */
export function viewContainer(settings: Settings): object {
  const { viewPort, port } = HOSTED_CORE;
  const metrics = PORT_NAMES['view-metrics'];
  return {
    ...container('view', settings, settings.images.kubestellar),
    // The name that it has in the images of every release.
    command: ['wmw-view'],
    args: [
      `--server=${serverUrl('localhost', port)}`,
      `--certificate-authority=${PKI}/${VIEW_FILES.serverAuthorities}`,
      `--tls-cert-file=${PKI}/${VIEW_FILES.certificate}`,
      `--tls-private-key-file=${PKI}/${VIEW_FILES.key}`,
      `--client-ca-file=${PKI}/${VIEW_FILES.clientAuthorities}`,
      `--proxy-client-cert-file=${PKI}/${VIEW_FILES.proxyCertificate}`,
      `--proxy-client-key-file=${PKI}/${VIEW_FILES.proxyKey}`,
      `--listen=:${viewPort}`,
      ...healthArgs(HEALTH_PORT, settings),
    ],
    env: [POD_IP],
    ports: [
      { name: PORT_NAMES.view, containerPort: viewPort, protocol: 'TCP' },
      { name: metrics, containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    ...probes(metrics),
    volumeMounts: [{ name: VIEW_VOLUME.name, mountPath: PKI, readOnly: true }],
  };
}
