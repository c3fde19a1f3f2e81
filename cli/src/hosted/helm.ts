/** Deploys with the real helm, which gets its own flags unchanged. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildVersion, distFolder } from '../shell/dist.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { withHelmsHosting } from './connect.ts';
import type { Endpoint } from './endpoint.ts';
import { helmFlags, withoutSecrets } from './helm-flags.ts';
import { runHelm } from './helm-process.ts';
import { preflight } from './preflight.ts';
import { forgetHelm, noteHelm, takeUpUnfinished } from './unfinished.ts';
import { upgradeAndFollow } from './upgrade.ts';

/** The name of the release for `helm delete` (docs/hosting.md). */
const RELEASE = 'kubestellar';
/** The first version of helm 3 whose behaviour is known to be right. */
const LEAST = { major: 3, minor: 14 };
/** What to deploy, and the arguments of helm. */
export interface Deployment {
  readonly openShift: boolean;
  /** Undefined: the host of the Route, once OpenShift has chosen it. */
  readonly endpoint: Endpoint | undefined;
  readonly helmArguments: readonly string[];
}

/**
 * Installs or upgrades the release, and with `--wait` follows the operator until the core is ready.
 * @throws CommandFailure with helm's exit code when helm fails, or with the reason why the core is not ready
 */
export async function helmUpgrade(
  { openShift, endpoint, helmArguments }: Deployment,
  output: Output,
): Promise<void> {
  const given = withoutSecrets(helmArguments);
  await requireHelm();
  const chart = chartFolder();
  const { version } = buildVersion();
  // Last, so that these override helm's other flags (docs/commands.md, "deploy").
  const own = [
    '--set',
    `clusterType=${openShift ? 'OpenShift' : 'Kubernetes'}`,
    '--set-string',
    `EXTERNAL_HOSTNAME=${endpoint?.host ?? ''}`,
    '--set',
    `EXTERNAL_PORT=${endpoint?.port ?? 443}`,
    '--set',
    `image.tag=${version}`,
  ];
  const flags = helmFlags(helmArguments);
  const upgrade = async (onStart?: (pid: number) => void) => {
    const args = ['upgrade', '--install', RELEASE, chart, ...given.args, ...own];
    const { exitCode } = await runHelm({ args, env: given.env }, 'inherit', onStart);
    if (exitCode !== 0) throw new CommandFailure('helm failed, see above', exitCode);
  };
  if (flags.isDryRun) return upgrade();
  const namespace = await withHelmsHosting(flags, async (hosting) => {
    if (!hosting) return upgrade();
    await preflight(hosting, flags);
    await takeUpUnfinished(hosting, RELEASE, flags.timeout, output);
    const noted = async () => {
      try {
        await upgrade((pid) => noteHelm(hosting, pid));
      } finally {
        await forgetHelm(hosting, RELEASE);
      }
    };
    if (flags.waits)
      await upgradeAndFollow(hosting, { upgrade: noted, version, timeout: flags.timeout }, output);
    else await noted();
  });
  const which = endpoint || openShift ? 'external' : 'internal';
  const state = flags.waits
    ? 'The core is ready. This'
    : 'The operator deploys the core. When it is ready, this';
  output.remark(
    `${state} fetches a kubeconfig of it:\n` +
      `  kubectl kubestellar get-${which}-kubeconfig -n ${namespace} -o core.kubeconfig`,
  );
}

/** The chart is beside the built programs, in a clone as in a release archive. */
function chartFolder(): string {
  const chart = join(dirname(distFolder()), 'chart');
  if (!existsSync(join(chart, 'Chart.yaml')))
    throw new CommandFailure(
      `the chart is missing: there is no ${chart}; use the commands of a whole release`,
    );
  return chart;
}

async function requireHelm(): Promise<void> {
  const { exitCode, stdout } = await runHelm(
    { args: ['version', '--template', '{{.Version}}'], env: {} },
    'pipe',
  );
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(stdout.trim()) ?? [];
  const version = { major: Number(major ?? 0), minor: Number(minor ?? 0) };
  const fits = version.major > LEAST.major || (version.major === LEAST.major && version.minor >= LEAST.minor);
  if (exitCode !== 0 || !fits)
    throw new CommandFailure(
      `helm ${LEAST.major}.${LEAST.minor} or newer is needed; the one on $PATH is "${stdout.trim()}"`,
    );
}
