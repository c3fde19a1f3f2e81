import type { Command } from '../shell/command.ts';
import { type BuildVersion, buildVersion } from '../shell/dist.ts';
import { UsageError } from '../shell/failure.ts';

const COMPONENTS = ['buildDate', 'gitCommit', 'gitTreeState', 'platform'] as const;

/** `kubestellar-version [component]`: prints what the build has recorded. */
export const kubestellarVersion: Command = {
  name: 'kubestellar-version',
  summary: 'Prints what the build has recorded: one component, or all as one line of JSON.',
  synopsis: `[${COMPONENTS.join('|')}]`,
  options: [],
  example: 'kubestellar-version gitCommit',
  flags: {},
  completion: { words: [COMPONENTS] },
  kubectlFlags: false,
  async run({ words }, output) {
    const [component] = words;
    if (words.length > 1) throw new UsageError('too many arguments');
    const built = buildVersion();
    if (component === undefined) output.result(JSON.stringify(versionInfo(built)));
    else output.result(componentOf(component, built));
  },
};

function componentOf(component: string, built: BuildVersion): string {
  const known = COMPONENTS.find((each) => each === component);
  if (known) return built[known];
  throw new UsageError(`Invalid component requested: "${component}"`, { verbatim: true });
}

/**
 * The fields of Kubernetes' version.Info (docs/commands.md, "kubestellar-version"). The fields for Go's version and
 * compiler contain Node's version, which also has a field of its own, and the bundler.
 */
function versionInfo(built: BuildVersion) {
  const [major, minor] = built.version.split('.');
  const { gitCommit, gitTreeState, buildDate, nodeVersion, platform } = built;
  return {
    major,
    minor,
    gitVersion: `v${built.version}`,
    gitCommit,
    gitTreeState,
    buildDate,
    goVersion: nodeVersion,
    nodeVersion,
    compiler: 'esbuild',
    platform,
  };
}
