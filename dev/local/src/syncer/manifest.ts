import type { KubeObject } from '@kubestellar/api';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { LocalError } from '../errors.ts';

/** The parts of what `prep-for-syncer` wrote that are needed to run the syncer outside of its pod. */
export interface SyncerManifest {
  /** The syncer's ID: the name of its ServiceAccounts on both sides. */
  id: string;
  /** Its namespace in the WEC. */
  namespace: string;
  /** Name of the Secret in the WEC that gets its token there. */
  tokenSecret: string;
  /** Kubeconfig for the mailbox workspace, as the pod would get it. */
  mailboxKubeconfig: string;
  /** The container's arguments. */
  args: string[];
}

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: { args?: string[] }[] } } };
}

interface Kubeconfig {
  clusters: { cluster: { server: string } }[];
}

/** Reads the YAML documents of a manifest. @throws LocalError when a part is missing */
export function parseManifest(text: string): SyncerManifest {
  const objects = documents(text);
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as Deployment | undefined;
  const token = objects.find(isTokenSecret);
  const secret = objects.find(holdsKubeconfig);
  const namespace = deployment?.metadata.namespace;
  if (!deployment || !namespace || !token || !secret) {
    throw new LocalError('The syncer manifest lacks its Deployment, its token Secret or its kubeconfig.');
  }
  return {
    id: deployment.metadata.name,
    namespace,
    tokenSecret: token.metadata.name,
    mailboxKubeconfig: kubeconfigIn(secret),
    args: deployment.spec.template.spec.containers[0]?.args ?? [],
  };
}

/**
 * The manifest with another address of the core, for when kcp had to move to another port; all else stays.
 * @returns `text` itself when it has that address already
 */
export function withServer(text: string, server: string): string {
  const objects = documents(text);
  const secret = objects.find(holdsKubeconfig);
  if (!secret) throw new LocalError('The syncer manifest has no kubeconfig.');
  const kubeconfig = parse(kubeconfigIn(secret)) as Kubeconfig;
  if (kubeconfig.clusters.every(({ cluster }) => new URL(cluster.server).origin === server)) return text;
  for (const { cluster } of kubeconfig.clusters) cluster.server = server;
  const { kubeconfig: _, ...data } = secret.data ?? {};
  if (Object.keys(data).length > 0) secret.data = data;
  else delete secret.data;
  secret.stringData = { ...secret.stringData, kubeconfig: stringify(kubeconfig) };
  return objects.map((object) => `---\n${stringify(object)}`).join('');
}

function documents(text: string): KubeObject[] {
  const parsed = [...parseAllDocuments(text)];
  return parsed.map((document) => document.toJS() as KubeObject | null).filter((object) => object !== null);
}

function isTokenSecret(object: KubeObject): object is Secret {
  return object.kind === 'Secret' && (object as Secret).type === 'kubernetes.io/service-account-token';
}

function holdsKubeconfig(object: KubeObject): object is Secret {
  const { data, stringData } = object as Secret;
  return object.kind === 'Secret' && Boolean(data?.kubeconfig ?? stringData?.kubeconfig);
}

function kubeconfigIn({ data, stringData }: Secret): string {
  return stringData?.kubeconfig ?? Buffer.from(data?.kubeconfig ?? '', 'base64').toString('utf8');
}
