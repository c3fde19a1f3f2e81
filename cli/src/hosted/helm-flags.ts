/** The cluster and the namespace of helm's flags, for the requests that we send beside helm. */
import { UsageError } from '../shell/failure.ts';
import { type FlagTable, FlagValues, separateFlags } from '../shell/flags.ts';

/** Flags of helm that choose the cluster: their names in kubectl, and the variable that replaces them. */
const AS_KUBECTL: readonly [helms: string, kubectls: string, variable: string | undefined][] = [
  ['kubeconfig', 'kubeconfig', undefined],
  ['kube-apiserver', 'server', 'HELM_KUBEAPISERVER'],
  ['kube-as-user', 'as', 'HELM_KUBEASUSER'],
  ['kube-as-group', 'as-group', 'HELM_KUBEASGROUPS'],
  ['kube-ca-file', 'certificate-authority', 'HELM_KUBECAFILE'],
  ['kube-insecure-skip-tls-verify', 'insecure-skip-tls-verify', 'HELM_KUBEINSECURE_SKIP_TLS_VERIFY'],
  ['kube-tls-server-name', 'tls-server-name', 'HELM_KUBETLS_SERVER_NAME'],
  ['kube-token', 'token', 'HELM_KUBETOKEN'],
];
const TABLE: FlagTable = {
  ...Object.fromEntries(AS_KUBECTL.map(([name]) => [name, { kind: 'string' } as const])),
  'kube-insecure-skip-tls-verify': { kind: 'switch' },
  'kube-context': { kind: 'string' },
  namespace: { kind: 'string', short: 'n' },
  'create-namespace': { kind: 'switch' },
  timeout: { kind: 'string' },
};

/** The flags of helm that matter beside it. */
export interface HelmFlags {
  /** Of kubectl, that choose the same cluster and user. */
  readonly kubectl: FlagValues;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly createsNamespace: boolean;
  /** Nothing is to be changed. */
  readonly isDryRun: boolean;
  /** Wait until the release is ready. */
  readonly waits: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Helm's default (milliseconds). */
const TIMEOUT = 5 * 60_000;

/** @param args the arguments of helm @param env its variables replace missing flags, as helm documents */
export function helmFlags(args: readonly string[], env: NodeJS.ProcessEnv = process.env): HelmFlags {
  const { flags } = separateFlags(args, TABLE);
  const kubectl = new FlagValues();
  for (const [helms, name, variable = ''] of AS_KUBECTL) {
    const value = flags.text(helms) ?? env[variable];
    if (value) kubectl.add(name, value);
  }
  return {
    kubectl,
    context: flags.text('kube-context') ?? (env.HELM_KUBECONTEXT || undefined),
    namespace: flags.text('namespace') ?? (env.HELM_NAMESPACE || undefined),
    createsNamespace: flags.flag('create-namespace'),
    isDryRun: args.some((arg) => /^--dry-run(=(?!none$|false$)|$)/.test(arg)),
    waits: args.some((arg) => /^--(wait(=(?!false$|hookOnly$)|$)|atomic|rollback-on-failure)/.test(arg)),
    timeout: milliseconds(flags.text('timeout')) ?? TIMEOUT,
  };
}

/** What helm is run with. */
export interface HelmCall {
  readonly args: readonly string[];
  /** Beside what our own environment has. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Moves secrets out of helm's arguments, which every user of this machine can read.
 * @throws UsageError for secrets that helm accepts as an argument only
 */
export function withoutSecrets(args: readonly string[]): HelmCall {
  const secret: FlagTable = { 'kube-token': { kind: 'string' }, password: { kind: 'string' } };
  const { words, flags } = separateFlags(args, secret);
  if (flags.has('password'))
    throw new UsageError(
      '--password is for repositories of charts, and the chart is part of the release: leave it out',
    );
  const token = flags.text('kube-token');
  return { args: words, env: token === undefined ? {} : { HELM_KUBETOKEN: token } };
}

/** A duration as Go writes it, such as `5m0s`; helm reports unreadable ones. */
function milliseconds(text: string | undefined): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text ?? '');
  if (!parts || !text) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
