/** `kubectl kubestellar doctor`: the conditions under which the commands work, one after the other. */
import {
  API_BINDINGS,
  API_EXPORTS,
  type APIBinding,
  COMPUTE_EXPORTS,
  COMPUTE_PATH,
  EDGE_GROUP,
  ESPW_PATH,
  ROOT_PATH,
  type Unstructured,
  WORKSPACES,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig, selectContext, withAbsolutePaths } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import { openSession, type Session } from '../workspace/session.ts';
import { clientCertificateEnd, ForeignCertificate, serverCertificate } from './certificates.ts';
import { missingFlagsHere } from './processor.ts';
import { findOnPath } from './tools.ts';

/** The result of a check: all right, with a detail, or a problem and how to fix it. */
export type Finding = { readonly detail: string } | { readonly problem: string; readonly fix: string };

/** One check; the error of one that throws is the problem. */
export interface Check {
  readonly name: string;
  readonly run: () => Finding | Promise<Finding>;
  /** What to do when the check itself fails. */
  readonly fix: string;
  /** If it fails, the later checks are useless. */
  readonly essential?: boolean;
}

/** Days: a certificate that expires earlier is a problem. */
const WARN_DAYS = 30;

const FIX_FOREIGN =
  'nothing in between may terminate TLS (an ingress controller must pass it through); otherwise fetch a new kubeconfig';

/** @returns the checks in their order; later ones use connections that earlier ones have opened */
export function checksFor(flags: FlagValues): Check[] {
  const lazySession = once(() => openSession(flags));
  const config = once(async () => readKubeconfig(kubeconfigFiles(flags.text('kubeconfig'))));
  return [
    { name: 'kubectl', run: () => tool('kubectl', 'install kubectl 1.35 or newer'), fix: '' },
    { name: 'kubectl ws', run: () => tool('kubectl-ws', "install kcp's plugin kubectl-ws"), fix: '' },
    { name: 'processor', run: processor, fix: '' },
    {
      name: 'kubeconfig',
      run: async () => kubeconfigFinding(await lazySession(), selectContext(await config()).contextName),
      fix: 'set $KUBECONFIG or --kubeconfig to the kubeconfig of kcp',
      essential: true,
    },
    {
      name: 'server certificate',
      run: async () => {
        const { server, ca } = await lazySession();
        const { fields } = selectContext(await config()).cluster;
        if (fields['insecure-skip-tls-verify']) return { detail: 'not verified: the kubeconfig disables it' };
        const name = flags.text('tls-server-name') ?? fields['tls-server-name'];
        try {
          const end = await serverCertificate(server, ca, name ? String(name) : undefined);
          return lasting(end, 'kcp must get a new certificate');
        } catch (error) {
          if (!(error instanceof ForeignCertificate)) throw error;
          return { problem: error.message, fix: FIX_FOREIGN };
        }
      },
      fix: 'is kcp running, and is the kubeconfig the one that it wrote?',
    },
    {
      name: 'own certificate',
      run: async () => {
        const { context } = selectContext(await config());
        const user = (await config()).users.get(String(context.fields.user ?? ''));
        const end = user && clientCertificateEnd(withAbsolutePaths(user));
        return end ? lasting(end, 'get a new client certificate') : { detail: 'none: a token is used' };
      },
      fix: 'the client certificate of the kubeconfig must be readable',
    },
    {
      name: 'kcp',
      run: async () => serving((await lazySession()).workspace(ROOT_PATH)),
      fix: 'start kcp, or use the kubeconfig of the one that runs',
      essential: true,
    },
    {
      name: 'core',
      run: async () => coreFinding(await lazySession()),
      fix: 'run "kubestellar init" as an administrator',
    },
    {
      name: 'bindings',
      run: async () => bindingsFinding(await lazySession()),
      fix: 'enter a workspace that you may use with "kubectl ws"',
    },
    {
      name: 'permissions',
      run: async () => permissionsFinding(await lazySession()),
      fix: 'ask the administrator of the workspace',
    },
  ];
}

function tool(name: string, fix: string): Finding {
  const path = findOnPath(name);
  return path === undefined ? { problem: `${name} is not on $PATH`, fix } : { detail: path };
}

function kubeconfigFinding({ server, current }: Session, context: string): Finding {
  if (current !== undefined) return { detail: `context ${context}: ${server}, workspace ${current}` };
  return {
    problem: `the context ${context} has no workspace`,
    fix: 'enter one, for example with "kubectl ws :root"',
  };
}

function lasting(end: Date, fix: string): Finding {
  const days = Math.floor((end.getTime() - Date.now()) / 86_400_000);
  const until = `until ${end.toISOString().slice(0, 10)}`;
  if (days < 0) return { problem: `it was valid ${until}`, fix };
  if (days < WARN_DAYS) return { problem: `it is valid ${until} only, ${days} day(s) more`, fix };
  return { detail: `valid ${until}` };
}

async function serving(root: KubeClient): Promise<Finding> {
  await root.listPage(WORKSPACES, { limit: 1 });
  return { detail: 'in service, and knows the user' };
}

async function coreFinding(session: Session): Promise<Finding> {
  const fix = 'run "kubestellar init" as an administrator';
  const [edge, compute] = await Promise.all([
    session.workspace(ESPW_PATH).get(API_EXPORTS, { name: EDGE_GROUP }),
    session.workspace(COMPUTE_PATH).list(API_EXPORTS),
  ]);
  if (!edge) return { problem: `${ESPW_PATH} does not export ${EDGE_GROUP}`, fix };
  const names = new Set(compute.map(({ metadata }) => metadata.name));
  const missing = COMPUTE_EXPORTS.filter((name) => !names.has(name));
  if (missing.length > 0) return { problem: `${COMPUTE_PATH} does not export ${missing.join(', ')}`, fix };
  return { detail: `${ESPW_PATH} and ${COMPUTE_PATH} export what they should` };
}

async function bindingsFinding(session: Session): Promise<Finding> {
  const current = session.resolve('.');
  const bindings = await session.workspace(current).list<APIBinding>(API_BINDINGS);
  const unbound = bindings.filter(({ status }) => status?.phase !== 'Bound');
  if (unbound.length === 0) return { detail: `all ${bindings.length} of ${current} are bound` };
  const reasons = unbound.map(({ metadata, status }) => {
    const failing = status?.conditions?.find((condition) => condition.status === 'False');
    return `${metadata.name} (${failing?.message || status?.phase || 'no status yet'})`;
  });
  return {
    problem: `not bound in ${current}: ${reasons.join(', ')}`,
    fix: 'see the reasons in parentheses; "kubestellar init" repairs missing exports',
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
    problem: `the user may not create APIBindings in ${current}`,
    fix: `an administrator of ${current} can grant a role for ${API_BINDINGS.plural}.${group}`,
  };
}

/** Opens something when it is first needed; all users of it get the same failure. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

/** Programs built for x86-64-v2 die of an illegal instruction on an older processor, without any message. */
async function processor(): Promise<Finding> {
  const missing = await missingFlagsHere();
  if (missing === undefined) return { detail: 'not checked: no x86 under Linux' };
  if (missing.length === 0) return { detail: 'x86-64-v2 or newer' };
  return {
    problem: `older than x86-64-v2: it lacks ${missing.join(', ')}`,
    fix: 'run on a newer processor, or have the virtual machine pass its instructions on',
  };
}
