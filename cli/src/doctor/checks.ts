/** `kubectl kubestellar doctor`: one thing after the other that must be right for the commands to work. */
import {
  API_BINDINGS,
  API_EXPORTS,
  type APIBinding,
  CLUSTER_CLASH,
  COMPUTE_EXPORTS,
  COMPUTE_PATH,
  EDGE_GROUP,
  ESPW_PATH,
  ROOT_PATH,
  SYNC_TARGETS,
  type SyncTarget,
  type Unstructured,
  WORKSPACES,
} from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig, selectContext, withAbsolutePaths } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import { viewOf } from '../status/read.ts';
import { locationLine } from '../status/report.ts';
import { openSession, type Session } from '../workspace/session.ts';
import { clientCertificateEnd, ForeignCertificate, serverCertificate } from './certificates.ts';
import { missingFlagsHere } from './processor.ts';
import { findOnPath } from './tools.ts';

/** What a check has found: all right, with a detail, or a trouble and how to mend it. */
export type Finding = { readonly detail: string } | { readonly trouble: string; readonly mend: string };

/** One check; those that throw have found the trouble that the error tells. */
export interface Check {
  readonly name: string;
  readonly run: () => Finding | Promise<Finding>;
  /** What to do when the check can't even be made. */
  readonly mend: string;
  /** Without this the later checks make no sense. */
  readonly essential?: boolean;
}

/** A certificate that ends sooner is a trouble, days. */
const WARN_DAYS = 30;

const MEND_FOREIGN =
  'nobody may end TLS on the way (an ingress controller must pass it through); or else fetch a new kubeconfig';

/** @returns the checks in their order; later ones build on what earlier ones have opened */
export function checksFor(flags: FlagValues): Check[] {
  const lazySession = once(() => openSession(flags));
  const config = once(async () => readKubeconfig(kubeconfigFiles(flags.text('kubeconfig'))));
  return [
    { name: 'kubectl', run: () => tool('kubectl', 'install kubectl 1.35 or newer'), mend: '' },
    { name: 'kubectl ws', run: () => tool('kubectl-ws', "install kcp's plugin kubectl-ws"), mend: '' },
    { name: 'processor', run: processor, mend: '' },
    {
      name: 'kubeconfig',
      run: async () => kubeconfigFinding(await lazySession(), selectContext(await config()).contextName),
      mend: 'set $KUBECONFIG or --kubeconfig to the kubeconfig of kcp',
      essential: true,
    },
    {
      name: 'server certificate',
      run: async () => {
        const { server, authority } = await lazySession();
        const { fields } = selectContext(await config()).cluster;
        if (fields['insecure-skip-tls-verify']) return { detail: 'not verified: the kubeconfig says so' };
        const name = flags.text('tls-server-name') ?? fields['tls-server-name'];
        try {
          const end = await serverCertificate(server, authority, name ? String(name) : undefined);
          return lasting(end, 'kcp must get a new certificate');
        } catch (error) {
          if (!(error instanceof ForeignCertificate)) throw error;
          return { trouble: error.message, mend: MEND_FOREIGN };
        }
      },
      mend: 'is kcp running, and is the kubeconfig the one that it wrote?',
    },
    {
      name: 'own certificate',
      run: async () => {
        const { context } = selectContext(await config());
        const user = (await config()).users.get(String(context.fields.user ?? ''));
        const end = user && clientCertificateEnd(withAbsolutePaths(user));
        return end ? lasting(end, 'get a new client certificate') : { detail: 'none: a token is used' };
      },
      mend: 'the client certificate of the kubeconfig must be readable',
    },
    {
      name: 'kcp',
      run: async () => serving((await lazySession()).workspace(ROOT_PATH)),
      mend: 'start kcp, or use the kubeconfig of the one that runs',
      essential: true,
    },
    {
      name: 'core',
      run: async () => coreFinding(await lazySession()),
      mend: 'run "kubestellar init" as an administrator',
    },
    {
      name: 'bindings',
      run: async () => bindingsFinding(await lazySession()),
      mend: 'enter a workspace that you may use with "kubectl ws"',
    },
    {
      name: 'clusters',
      run: async () => clustersFinding(await lazySession()),
      mend: 'ask an administrator of the core',
    },
    {
      name: 'permissions',
      run: async () => permissionsFinding(await lazySession()),
      mend: 'ask the administrator of the workspace',
    },
  ];
}

function tool(name: string, mend: string): Finding {
  const path = findOnPath(name);
  return path === undefined ? { trouble: `${name} is not on $PATH`, mend } : { detail: path };
}

function kubeconfigFinding({ server, current }: Session, context: string): Finding {
  if (current !== undefined) return { detail: `context ${context}: ${server}, workspace ${current}` };
  return {
    trouble: `the context ${context} leads to no workspace`,
    mend: 'enter one, for example with "kubectl ws :root"',
  };
}

function lasting(end: Date, mend: string): Finding {
  const days = Math.floor((end.getTime() - Date.now()) / 86_400_000);
  const until = `until ${end.toISOString().slice(0, 10)}`;
  if (days < 0) return { trouble: `it was valid ${until}`, mend };
  if (days < WARN_DAYS) return { trouble: `it is valid ${until} only, ${days} day(s) more`, mend };
  return { detail: `valid ${until}` };
}

async function serving(root: KubeClient): Promise<Finding> {
  await root.listPage(WORKSPACES, { limit: 1 });
  return { detail: 'in service, and knows the user' };
}

async function coreFinding(session: Session): Promise<Finding> {
  const mend = 'run "kubestellar init" as an administrator';
  const [edge, compute] = await Promise.all([
    session.workspace(ESPW_PATH).get(API_EXPORTS, { name: EDGE_GROUP }),
    session.workspace(COMPUTE_PATH).list(API_EXPORTS),
  ]);
  if (!edge) return { trouble: `${ESPW_PATH} does not export ${EDGE_GROUP}`, mend };
  const names = new Set(compute.map(({ metadata }) => metadata.name));
  const missing = COMPUTE_EXPORTS.filter((name) => !names.has(name));
  if (missing.length > 0) return { trouble: `${COMPUTE_PATH} does not export ${missing.join(', ')}`, mend };
  return { detail: `${ESPW_PATH} and ${COMPUTE_PATH} export what they should` };
}

async function bindingsFinding(session: Session): Promise<Finding> {
  const current = session.resolve('.');
  const bindings = await session.workspace(current).list<APIBinding>(API_BINDINGS);
  const unbound = bindings.filter(({ status }) => status?.phase !== 'Bound');
  if (unbound.length === 0) return { detail: `all ${bindings.length} of ${current} are bound` };
  const told = unbound.map(({ metadata, status }) => {
    const failing = status?.conditions?.find((condition) => condition.status === 'False');
    return `${metadata.name} (${failing?.message || status?.phase || 'no status yet'})`;
  });
  return {
    trouble: `not bound in ${current}: ${told.join(', ')}`,
    mend: 'what is in parentheses tells why; "kubestellar init" mends missing exports',
  };
}

/** Whether the user may do in the current workspace what "ensure" does. */
async function permissionsFinding(session: Session): Promise<Finding> {
  const current = session.resolve('.');
  const group = API_BINDINGS.group;
  const answer = await session
    .workspace(current)
    .request<Unstructured>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { group, resource: API_BINDINGS.plural, verb: 'create' } },
      },
    });
  if ((answer.status as { allowed?: boolean } | undefined)?.allowed)
    return { detail: `the user may bind APIs in ${current}` };
  return {
    trouble: `the user may not create APIBindings in ${current}`,
    mend: `an administrator of ${current} can give a role for ${API_BINDINGS.plural}.${group}`,
  };
}

/** Whether one cluster stands under two SyncTargets, and what others have left in clusters. */
async function clustersFinding(session: Session): Promise<Finding> {
  const targets = await syncTargets(session);
  if (!targets) return { detail: 'not checked: the user may not read the SyncTargets of all workspaces' };
  const lines = targets.map((target) => locationLine('', target, Date.now()));
  const clashing = targets.filter(({ status }) =>
    status?.conditions?.some(({ type, status: value }) => type === CLUSTER_CLASH && value === 'True'),
  );
  if (clashing.length > 0) {
    const names = clashing.map(({ metadata }) => metadata.name).join(', ');
    return {
      trouble: `${CLUSTER_CLASH} at ${names}: two syncers work in one cluster`,
      mend: '"kubectl kubestellar status" says which; end the syncer that is not wanted, in its cluster',
    };
  }
  const left = lines.flatMap(({ name, orphans }) =>
    orphans ? [`${name}: ${orphans.count} (${orphans.objects.join(', ')})`] : [],
  );
  if (left.length === 0) return { detail: `${targets.length} SyncTarget(s), each with a cluster of its own` };
  return {
    detail: `copies that nobody asks for, left by another SyncTarget, core or release: ${left.join('; ')}`,
  };
}

async function syncTargets(session: Session): Promise<SyncTarget[] | undefined> {
  try {
    return (await (await viewOf(session.workspace(ESPW_PATH)))?.list<SyncTarget>(SYNC_TARGETS)) ?? [];
  } catch (error) {
    if (isApiError(error, 403)) return undefined;
    throw error;
  }
}

/** Opens something when it is first needed; a failure is told to all who need it. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

/** Programs built for x86-64-v2 die of an illegal instruction on an older processor, without a word why. */
async function processor(): Promise<Finding> {
  const missing = await missingFlagsHere();
  if (missing === undefined) return { detail: 'not checked: no x86 under Linux' };
  if (missing.length === 0) return { detail: 'x86-64-v2 or newer' };
  return {
    trouble: `older than x86-64-v2: it lacks ${missing.join(', ')}`,
    mend: 'run on a newer processor, or have the virtual machine pass its instructions on',
  };
}
