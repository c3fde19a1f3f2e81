import { join } from 'node:path';
import { ROOT } from '../local.ts';
import type { StandIns } from './stand-ins.ts';

/** What is wrong about a `deploy`, what it leads to, and what the message must say. */
interface Mistake {
  readonly what: string;
  readonly args?: readonly string[];
  readonly exitCode: 1 | 2;
  readonly message: RegExp;
  /** Folder of the helm to use; '' for none; default a stand-in that fits. */
  readonly helm?: (standIns: StandIns) => Promise<string>;
  readonly kubeconfig?: (standIns: StandIns) => Promise<string>;
}

/** The flags of a deploy that is right. */
export const ENDPOINT = ['--external-endpoint', 'core.example.com:443'];
const usage = (what: string, args: readonly string[], message: RegExp): Mistake => ({
  what,
  args,
  exitCode: 2,
  message,
});

/** Ways to call `deploy` that are wrong, or whose circumstances are. */
export const MISTAKES: readonly Mistake[] = [
  usage('no endpoint', [], /--external-endpoint HOST:PORT is required/),
  usage(
    'an endpoint without its value',
    ['--external-endpoint'],
    /missing value of the flag --external-endpoint/,
  ),
  usage('an empty endpoint', ['--external-endpoint='], /--external-endpoint is HOST:PORT/),
  usage(
    'an endpoint without a port',
    ['--external-endpoint', 'core.example.com'],
    /--external-endpoint is HOST:PORT/,
  ),
  usage('an endpoint with a scheme', ['--external-endpoint=https://core.example.com:443'], /no scheme/),
  usage('an endpoint without a host', ['--external-endpoint', ':443'], /no DNS name/),
  usage('a host that is no name', ['--external-endpoint', 'core_1:443'], /"core_1".*no DNS name/),
  usage('port 0', ['--external-endpoint', 'core.example.com:0'], /"0".*from 1 to 65535/),
  usage('port 65536', ['--external-endpoint', 'core.example.com:65536'], /"65536".*from 1 to 65535/),
  usage('a port that is no number', ['--external-endpoint', 'core.example.com:https'], /"https".*no port/),
  usage(
    '--openshift maybe',
    [...ENDPOINT, '--openshift', 'maybe'],
    /--openshift takes true or false, not "maybe"/,
  ),
  usage('--context', [...ENDPOINT, '--context', 'x'], /--context flag not supported/),
  usage('--context=', [...ENDPOINT, '--context=x'], /--context flag not supported/),
  {
    what: 'no helm',
    exitCode: 1,
    message: /helm is not on \$PATH; install helm 3\.14 or newer/,
    helm: async () => '',
  },
  {
    what: 'a helm that is too old',
    exitCode: 1,
    message: /helm 3\.14 or newer is needed; the one on \$PATH is "v3\.13\.9"/,
    helm: (standIns) => standIns.helm('v3.13.9'),
  },
  {
    what: 'a helm that tells no version',
    exitCode: 1,
    message: /helm 3\.14 or newer is needed/,
    helm: (standIns) => standIns.helm(''),
  },
  {
    what: 'a kubeconfig that is not there',
    exitCode: 1,
    message: /no kubeconfig at .*nowhere/,
    kubeconfig: async ({ folder }) => join(folder, 'nowhere'),
  },
  {
    what: 'a --kubeconfig that is not there',
    args: [...ENDPOINT, '--kubeconfig', '/nowhere/config'],
    exitCode: 1,
    message: /no kubeconfig at \/nowhere\/config/,
  },
  {
    what: 'a kubeconfig that is no YAML',
    exitCode: 1,
    message: /kubeconfig/,
    kubeconfig: async () => join(ROOT, 'LICENSE'),
  },
  {
    what: 'a context that is not there',
    args: [...ENDPOINT, '--kube-context', 'other'],
    exitCode: 1,
    message: /no context "other"; it has: only/,
    kubeconfig: (standIns) => standIns.kubeconfig('https://127.0.0.1:1'),
  },
  {
    what: 'a cluster that is not running',
    exitCode: 1,
    message: /cannot reach the cluster at https:\/\/127\.0\.0\.1:1/,
    kubeconfig: (standIns) => standIns.kubeconfig('https://127.0.0.1:1'),
  },
  {
    what: 'a cluster that does not answer',
    exitCode: 1,
    message: /cannot reach the cluster .*no response within 8 s/,
    kubeconfig: async (standIns) => standIns.kubeconfig(await standIns.silentServer()),
  },
];
