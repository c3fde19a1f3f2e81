import type { ToolName } from '@kubestellar/toolchain';
import type { Ports } from '../network/ports.ts';
import type { Component } from '../process/component.ts';
import type { WecPki } from './pki.ts';

/** The tools that a WEC is made of. */
export const WEC_TOOLS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const satisfies readonly ToolName[];

/** The loopback ports of a WEC. */
export const WEC_PORTS = ['etcd', 'apiserver'] as const;

/** What the command lines of a WEC's processes are made of. */
export interface WecPlan {
  name: string;
  tools: Record<(typeof WEC_TOOLS)[number], string>;
  ports: Ports<(typeof WEC_PORTS)[number]>;
  pki: WecPki;
  etcdData: string;
  /** Path of the kubeconfig of one of the parts. */
  kubeconfig: (identity: 'controller-manager' | 'scheduler' | 'kwok') => string;
  /** kwok's stage files: how nodes become Ready and pods run. */
  stages: readonly string[];
  /** Throws while the API server is not ready. */
  apiserverReady: () => Promise<unknown>;
}

/** Names of a WEC's processes in the order of their start. */
export function wecProcessNames(wec: string): string[] {
  return ['etcd', 'apiserver', 'controller-manager', 'scheduler', 'kwok'].map((part) => `${wec}-${part}`);
}

/** A WEC's storage, which only its API server may reach. */
export function etcd({ name, tools, ports, pki, etcdData }: WecPlan): Component {
  const client = `https://127.0.0.1:${ports.etcd}`;
  // There is one member only, so any free port does for the others.
  const peer = 'https://127.0.0.1:0';
  return {
    name: `${name}-etcd`,
    command: tools.etcd,
    limitSeconds: 60,
    args: [
      `--name=${name}`,
      `--data-dir=${etcdData}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${name}=${peer}`,
      // As kubeadm sets it: without, quiet watches get no bookmarks for ten minutes.
      '--watch-progress-notify-interval=5s',
      '--client-cert-auth=true',
      `--trusted-ca-file=${pki.path('etcd-ca.crt')}`,
      `--cert-file=${pki.path('etcd.crt')}`,
      `--key-file=${pki.path('etcd.key')}`,
      '--peer-client-cert-auth=true',
      `--peer-trusted-ca-file=${pki.path('etcd-ca.crt')}`,
      `--peer-cert-file=${pki.path('etcd.crt')}`,
      `--peer-key-file=${pki.path('etcd.key')}`,
      '--log-level=warn',
    ],
  };
}

/** A WEC's API server, on loopback. */
export function apiserver({ name, tools, ports, pki, apiserverReady }: WecPlan): Component {
  return {
    name: `${name}-apiserver`,
    command: tools['kube-apiserver'],
    limitSeconds: 120,
    graceSeconds: 20,
    ready: apiserverReady,
    // It tries until etcd answers; if etcd dies, that is the better news.
    needs: [`${name}-etcd`],
    args: [
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.apiserver}`,
      // A loopback address may not be published as the endpoint of the Service "kubernetes"; nothing in such a
      // cluster would use it. The address is one that is reserved for documentation (RFC 5737).
      '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${pki.path('apiserver.crt')}`,
      `--tls-private-key-file=${pki.path('apiserver.key')}`,
      `--client-ca-file=${pki.path('ca.crt')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
      `--etcd-cafile=${pki.path('etcd-ca.crt')}`,
      `--etcd-certfile=${pki.path('etcd-client.crt')}`,
      `--etcd-keyfile=${pki.path('etcd-client.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki.path('service-account.pub')}`,
      `--service-account-signing-key-file=${pki.path('service-account.key')}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--profiling=false',
    ],
  };
}

/** Controllers, scheduler and the make-believe kubelet; they have no port of their own. */
export function workers({ name, tools, pki, kubeconfig, stages }: WecPlan): Component[] {
  return [
    {
      name: `${name}-controller-manager`,
      command: tools['kube-controller-manager'],
      limitSeconds: 60,
      args: [
        `--kubeconfig=${kubeconfig('controller-manager')}`,
        '--secure-port=0',
        '--leader-elect=false',
        '--use-service-account-credentials=true',
        `--service-account-private-key-file=${pki.path('service-account.key')}`,
        `--root-ca-file=${pki.path('ca.crt')}`,
        '--profiling=false',
      ],
    },
    {
      name: `${name}-scheduler`,
      command: tools['kube-scheduler'],
      limitSeconds: 60,
      args: [
        `--kubeconfig=${kubeconfig('scheduler')}`,
        '--secure-port=0',
        '--leader-elect=false',
        '--profiling=false',
      ],
    },
    {
      name: `${name}-kwok`,
      command: tools.kwok,
      limitSeconds: 60,
      args: [
        `--kubeconfig=${kubeconfig('kwok')}`,
        '--manage-all-nodes=true',
        '--node-lease-duration-seconds=40',
        // Not the range of Services.
        '--cidr=10.244.0.0/16',
        ...stages.map((stage) => `--config=${stage}`),
      ],
    },
  ];
}
