import { parseArgs } from 'node:util';

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

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

const DEFAULT_WECS = 2;
/** A cluster takes half a gigabyte; more than this on one machine is a slip of the finger. */
const MOST_WECS = 100;

/** Parses `start [--wecs N]` or `stop [--purge]`. @throws UsageError */
export function parseRequest(args: readonly string[]): Request {
  const [command, ...rest] = args;
  if (command === 'start') {
    const { wecs, help } = flags(rest, { wecs: { type: 'string' }, help: { type: 'boolean', short: 'h' } });
    return help
      ? { command: 'help' }
      : { command, wecs: wecs === undefined ? DEFAULT_WECS : count(String(wecs)) };
  }
  if (command === 'stop') {
    const { purge, help } = flags(rest, {
      purge: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    return help ? { command: 'help' } : { command, purge: purge === true };
  }
  if (command === '--help' || command === '-h') return { command: 'help' };
  throw new UsageError(command === undefined ? 'say start or stop' : `there is no command "${command}"`);
}

function flags(args: string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args, options: options ?? {}, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0] ?? '');
  }
}

function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= MOST_WECS) return number;
  throw new UsageError(`--wecs takes a number from 1 to ${MOST_WECS}, not "${text}"`);
}
