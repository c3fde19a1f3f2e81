import { parseCommandLine, UsageError, wholeNumber } from '@kubestellar/process';

/** What the command line asks for. */
export type Request =
  | { command: 'start'; wecs: number }
  | { command: 'stop'; purge: boolean }
  | { command: 'help' };

export const USAGE = `Usage:
  npm start [-- --wecs N]     brings up kcp, KubeStellar and N clusters (default 2) on this machine,
                              delivers a demo workload to them, and leaves all of it running
  npm stop [-- --purge]       ends what npm start started; --purge removes its state too

State, kubeconfigs and logs are in .kubestellar/ of the clone, or in $KUBESTELLAR_HOME.
`;

const HELP = { type: 'boolean', short: 'h' } as const;
const DEFAULT_WECS = 2;
/** A cluster takes half a gigabyte; more than this on one machine is a slip of the finger. */
const MOST_WECS = 100;

/** Parses `start [--wecs N]` or `stop [--purge]`. @throws UsageError */
export function parseRequest(args: readonly string[]): Request {
  const [command, ...rest] = args;
  if (command === 'start') {
    const options = { wecs: { type: 'string' }, help: HELP } as const;
    const { wecs, help } = parseCommandLine({ args: rest, options }).values;
    if (help) return { command: 'help' };
    return { command, wecs: wholeNumber('wecs', wecs, DEFAULT_WECS, { most: MOST_WECS }) };
  }
  if (command === 'stop') {
    const options = { purge: { type: 'boolean' }, help: HELP } as const;
    const { purge, help } = parseCommandLine({ args: rest, options }).values;
    return help ? { command: 'help' } : { command, purge: purge === true };
  }
  if (command === '--help' || command === '-h') return { command: 'help' };
  throw new UsageError(command === undefined ? 'say start or stop' : `there is no command "${command}"`);
}
