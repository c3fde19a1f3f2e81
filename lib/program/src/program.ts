import type { ParseArgsOptionsConfig } from 'node:util';
import { explain } from '@kubestellar/kube';
import type { Registry } from 'prom-client';
import { type Flags, numberFlag, parseFlags, UsageError } from './flags.ts';
import { createLogger, type Logger } from './logger.ts';
import { createRegistry, serveHealth } from './server.ts';

/** What a long-running program gets from runProgram. */
export interface ProgramContext {
  flags: Flags;
  logger: Logger;
  registry: Registry;
  /** Fires at SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** The program is ready once no reason is left. */
  setNotReady(reasons: () => string[]): void;
  /** What /readyz adds once the program is ready. */
  setNotes(notes: () => string[]): void;
}

/** A long-running program: a controller or the syncer. */
export interface Program {
  name: string;
  /** The label `program` of its metrics, where it was published under another name. */
  metricsName?: string;
  usage: string;
  flags: ParseArgsOptionsConfig;
  /** Where /healthz, /readyz and /metrics are served unless --server-bind-address is set. */
  healthAddress: string;
  /** Throws a UsageError for flags that contradict each other; called before anything is started. */
  check?(flags: Flags): void;
  /** Runs until `signal` fires; then cleans up and returns. */
  run(context: ProgramContext): Promise<void>;
}

/**
 * Runs a long-running program: flags, logger, health endpoints, signals, exit code (0 done, 1 failed,
 * 2 wrong usage). A second signal ends the process at once.
 */
export async function runProgram(program: Program, args: readonly string[]): Promise<void> {
  const controller = new AbortController();
  const flags = parseOrExit(program, args);
  const logger = createLogger(program.name, numberFlag(flags, 'v', 2));
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      logger.info({ signal: name }, 'stopping');
      controller.abort();
    });
  }
  let notReady = () => ['starting'];
  let notes = (): string[] => [];
  const registry = createRegistry(program.metricsName ?? program.name);
  try {
    const address = String(flags['server-bind-address'] ?? program.healthAddress);
    const health = { notReady: () => notReady(), notes: () => notes() };
    const { server } = await serveHealth(address, registry, health, logger);
    await program.run({
      flags,
      logger,
      registry,
      signal: controller.signal,
      setNotReady: (reasons) => {
        notReady = reasons;
      },
      setNotes: (lines) => {
        notes = lines;
      },
    });
    server.close();
    server.closeAllConnections();
    logger.info('stopped');
    process.exit(0);
  } catch (error) {
    // Stopped while it still waited for something: that is no failure.
    if (controller.signal.aborted && error === controller.signal.reason) process.exit(0);
    logger.fatal({ reason: explain(error) }, `${program.name} failed`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

function parseOrExit(program: Program, args: readonly string[]): Flags {
  try {
    const options: ParseArgsOptionsConfig = { ...program.flags, 'server-bind-address': { type: 'string' } };
    const flags = parseFlags(args, options);
    if (flags.help) {
      process.stdout.write(program.usage);
      process.exit(0);
    }
    program.check?.(flags);
    return flags;
  } catch (error) {
    process.stderr.write(`${program.name}: ${explain(error)}\n\n${program.usage}`);
    process.exit(2);
  }
}

/** @returns when the signal fires, or at once when it has fired */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
