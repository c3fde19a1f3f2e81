import { HOSTED_CORE } from '@kubestellar/api';
import { serverUrl } from '../pki/kubeconfig.ts';
import { PROXY_FILES } from '../pki/workspace-proxy.ts';
import type { Settings } from '../settings.ts';
import { container, healthArgs, POD_IP, probes } from './container.ts';
import { PORT_NAMES } from './labels.ts';

const PKI = '/etc/kubestellar/pki';
const HEALTH_PORT = 10206;

/** The volume with the certificates of the workspace proxy. */
export const PROXY_VOLUME = {
  name: 'view-pki',
  secret: { secretName: HOSTED_CORE.proxySecret, defaultMode: 0o440 },
};

/** The container `view`, which runs the workspace proxy; its name is published. */
export function proxyContainer(settings: Settings): object {
  const { proxyPort, port } = HOSTED_CORE;
  const metrics = PORT_NAMES['view-metrics'];
  return {
    ...container('view', settings, settings.images.kubestellar),
    // The images of all releases contain this alias of workspace-proxy.
    command: ['wmw-view'],
    args: [
      `--server=${serverUrl('localhost', port)}`,
      `--certificate-authority=${PKI}/${PROXY_FILES.serverCAs}`,
      `--tls-cert-file=${PKI}/${PROXY_FILES.certificate}`,
      `--tls-private-key-file=${PKI}/${PROXY_FILES.key}`,
      `--client-ca-file=${PKI}/${PROXY_FILES.clientCAs}`,
      `--proxy-client-cert-file=${PKI}/${PROXY_FILES.proxyCertificate}`,
      `--proxy-client-key-file=${PKI}/${PROXY_FILES.proxyKey}`,
      `--listen=:${proxyPort}`,
      ...healthArgs(HEALTH_PORT, settings),
    ],
    env: [POD_IP],
    ports: [
      { name: PORT_NAMES.view, containerPort: proxyPort, protocol: 'TCP' },
      { name: metrics, containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    ...probes(metrics),
    volumeMounts: [{ name: PROXY_VOLUME.name, mountPath: PKI, readOnly: true }],
  };
}
