/** `npm start` and `npm stop`: `local.js start [--wecs N]`, `local.js stop [--purge]`. */
import { ToolchainError } from '@kubestellar/toolchain';
import { parseRequest, type Request, USAGE, UsageError } from './arguments.ts';
import { Interrupted, LocalError, messageOf } from './errors.ts';
import { elapsedLog } from './run.ts';
import { startLocal } from './start.ts';
import { stopLocal } from './stop.ts';
import { summary } from './summary.ts';

/** Exit codes of a program that a signal ended: 128 and the signal's number (POSIX shells). */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  let interrupted: number | undefined;
  const log = elapsedLog((line) => process.stdout.write(`${line}\n`));
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (interrupted !== undefined) return log('already stopping; this takes a few seconds');
      interrupted = code;
      interruption.abort();
    });
  }
  try {
    await perform(parseRequest(args), log, interruption.signal);
    return interrupted ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    const isKnown = error instanceof LocalError || error instanceof ToolchainError;
    if (interrupted === undefined) {
      process.stderr.write(`\n${isKnown ? messageOf(error) : traceOf(error)}\n`);
      return 1;
    }
    // Whatever failed after the signal failed because of it.
    log('interrupted. What this command had started is stopped; run it again to go on.');
    if (!(isKnown || error instanceof Interrupted)) log(messageOf(error));
    return interrupted;
  }
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

async function perform(request: Request, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (request.command === 'help') {
    process.stdout.write(USAGE);
  } else if (request.command === 'start') {
    process.stdout.write(summary(await startLocal({ wecs: request.wecs, log, signal })));
  } else {
    const stopped = await stopLocal({ purge: request.purge, log, signal });
    log(stopped === 0 ? 'nothing was running' : `ended ${stopped} processes`);
  }
}
