/** The effect of SIGINT and SIGTERM on a command: it ends at once, with the exit code that shells give for them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that asks a command to end. */
export type Ending = keyof typeof EXIT_CODES;

let onSignal: (signal: Ending) => void = (signal) => process.exit(EXIT_CODES[signal]);

/**
 * From now on a signal ends the process, and prints a line. What must not stay behind is removed by
 * handlers of the process's event `exit`.
 * @param name of the command, for that line
 */
export function endOnSignals(name: string): void {
  onSignal = (signal) => {
    process.stderr.write(`${name}: interrupted by ${signal}; what is done stays, run it again to go on\n`);
    process.exit(EXIT_CODES[signal]);
  };
  for (const signal of Object.keys(EXIT_CODES) as Ending[]) process.on(signal, () => onSignal(signal));
}

/** For commands that run until they are interrupted. @returns when a signal arrives, which then ends nothing */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    onSignal = () => resolve();
  });
}

/**
 * For work that needs a clean-up: a signal that arrives meanwhile first runs `tidyUp`, then ends the process;
 * a second one ends it at once. The outcome of `work` after a signal is ignored.
 */
export async function tidyingUp<T>(
  tidyUp: (signal: Ending) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const end = onSignal;
  let isInterrupted = false;
  onSignal = (signal) => {
    isInterrupted = true;
    onSignal = end;
    tidyUp(signal)
      .catch(() => undefined)
      .finally(() => end(signal));
  };
  try {
    return await work();
  } finally {
    if (isInterrupted) await new Promise(() => undefined);
    onSignal = end;
  }
}
