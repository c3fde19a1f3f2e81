import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import type { CommandLine } from '../shell/flags.ts';
import { OUTPUT_FLAG, OUTPUT_OPTION, reported } from '../shell/report.ts';
import type { Session } from '../workspace/session.ts';

const SUBCOMMANDS = ['init', 'start', 'stop'] as const;
type Subcommand = (typeof SUBCOMMANDS)[number];

/** A segment of a workspace path; only children of root are created. */
const CHILD_OF_ROOT = /^(?:root:)?([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/;

/** `kubestellar init|start|stop`: the core as processes of this machine. */
export const kubestellar: Command = {
  name: 'kubestellar',
  summary:
    'Finishes the setup of the KubeStellar core (init), starts its controllers (start, after init), ends them (stop).',
  synopsis: '[flags] init|start|stop',
  options: [
    '-V, --verbose: print every object that is written',
    '--log-folder PATH: where start puts the logs (default $PWD/kubestellar-logs)',
    '--local-kcp true|false: whether kcp runs on this machine as a process named "kcp" (default true)',
    '--ensure-imw PATHS: comma separated inventory workspaces (default root:imw1; "" for none)',
    '--ensure-wmw PATHS: comma separated workload management workspaces (default root:wmw1; "" for none)',
    OUTPUT_OPTION,
    '-X: accepted for compatibility',
  ],
  example: 'kubestellar start --ensure-imw root:imw1,root:imw2 --log-folder /tmp/kubestellar-logs',
  flags: {
    verbose: { kind: 'switch', short: 'V' },
    'log-folder': { kind: 'string' },
    'local-kcp': { kind: 'boolean' },
    'ensure-imw': { kind: 'string' },
    'ensure-wmw': { kind: 'string' },
    ...OUTPUT_FLAG,
  },
  completion: {
    words: [SUBCOMMANDS],
    flags: {
      'log-folder': 'folder',
      'ensure-imw': 'workspaces',
      'ensure-wmw': 'workspaces',
      output: ['json'],
    },
  },
  async run(line, output) {
    const subcommand = subcommandOf(line);
    const { flags } = line;
    if (subcommand === 'stop') {
      if (flags.has('output')) throw new UsageError('--output is for init and start');
      const { stopControllers } = await import('../core/stop.ts');
      return stopControllers(flags, output);
    }
    const options = {
      inventory: workspacesOf(line, 'ensure-imw', 'root:imw1'),
      workload: workspacesOf(line, 'ensure-wmw', 'root:wmw1'),
      verbose: flags.flag('verbose'),
    };
    const { requireLocalKcp } = await import('../core/local-kcp.ts');
    if (flags.flag('local-kcp', true)) requireLocalKcp();
    const { withSession } = await import('../workspace/session.ts');
    const { initialize } = await import('../core/init.ts');
    await reported(flags, output, async (out) => {
      const initializing = (session: Session) => initialize(session, options, out);
      if (subcommand === 'init') await withSession(flags, initializing);
      else {
        const { startControllers } = await import('../core/start.ts');
        await startControllers(flags, initializing, out);
      }
      return { workspace: 'root' };
    });
  },
};

/** The last subcommand wins (docs/commands.md, "kubestellar"). */
function subcommandOf({ words }: CommandLine): Subcommand {
  const unknown = words.find((word) => !SUBCOMMANDS.includes(word as Subcommand));
  if (unknown !== undefined) throw new UsageError(`unknown subcommand "${unknown}"`);
  const last = words.at(-1);
  if (last === undefined) throw new UsageError('missing a subcommand: init, start or stop');
  return last as Subcommand;
}

/** @returns the names of the children of root that a comma separated list of paths names, each once */
function workspacesOf({ flags }: CommandLine, flag: string, fallback: string): string[] {
  const paths = (flags.text(flag) ?? fallback).split(',').map((path) => path.trim());
  const names = paths
    .filter((path) => path !== '')
    .map((path) => {
      const name = CHILD_OF_ROOT.exec(path)?.[1];
      if (name === undefined)
        throw new UsageError(`--${flag}: "${path}" is no child of root such as root:ws1`);
      return name;
    });
  return [...new Set(names)];
}
