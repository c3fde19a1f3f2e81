import type { HostedContainer } from '@kubestellar/api';
import type { Settings } from '../settings.ts';

/** What all containers of the core have in common. */
export function container(name: HostedContainer, { resources, pullPolicy }: Settings, image: string): object {
  return {
    name,
    image,
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    resources: resources[name],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    // The operator's conditions report the termination message of a container that ended.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** Variable by which a container knows its address. */
export const POD_IP = { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };

/** The arguments of our programs in a pod. @param port of health and metrics */
export function healthArgs(port: number, { verbosity }: Settings): string[] {
  return [`--server-bind-address=$(POD_IP):${port}`, `-v=${verbosity}`];
}

/** The probes of our programs. @param port name of the port for health and metrics */
export function probes(port: string): object {
  const probe = (path: string) => ({ httpGet: { path, port }, timeoutSeconds: 5 });
  return {
    readinessProbe: { ...probe('/readyz'), periodSeconds: 2 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 6, initialDelaySeconds: 10 },
  };
}
