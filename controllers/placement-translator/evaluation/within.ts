import { createContext, Script } from 'node:vm';

/** Work that has been ended because it took too long. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/** Work that had too little of the processor's time to be judged. */
class StarvedError extends Error {
  override readonly name = 'StarvedError';
}

/** Where others take the time, work gets so many times its limit by the clock. */
const PATIENCE = 4;

const context = createContext({});
const script = new Script('work()');

/**
 * Runs `work` for so long at the most: it is ended wherever it is, in a loop or a pattern, but not in the midst of
 * one of the engine's own steps.
 * @param work may be run a second time when the first was ended although it had little of the processor's time
 * @throws TooSlowError when it takes longer, another error when others took the time, and what `work` throws
 */
export function within<T>(milliseconds: number, work: () => T): T {
  let used = 0;
  for (const limit of [milliseconds, PATIENCE * milliseconds]) {
    const before = process.cpuUsage();
    context.work = work;
    try {
      return script.runInContext(context, { timeout: limit }) as T;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    } finally {
      context.work = undefined;
    }
    const { user, system } = process.cpuUsage(before);
    used = (user + system) / 1000;
    if (used >= milliseconds / 2) throw new TooSlowError(`takes too long: the limit is ${milliseconds} ms`);
  }
  throw new StarvedError(
    `the machine is too busy: it had ${Math.round(used)} ms of ${PATIENCE * milliseconds} for itself`,
  );
}
