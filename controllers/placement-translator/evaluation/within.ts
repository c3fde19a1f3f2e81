import { createContext, Script } from 'node:vm';

/** Work that has been ended because it took too long. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

const context = createContext({});
const script = new Script('work()');

/**
 * Runs `work` for so long at the most: it is ended wherever it is, in a loop or a pattern, but not in the midst of
 * one of the engine's own steps.
 * @throws TooSlowError when it takes longer, and what `work` throws
 */
export function within<T>(milliseconds: number, work: () => T): T {
  context.work = work;
  try {
    return script.runInContext(context, { timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TooSlowError(`takes too long: the limit is ${milliseconds} ms`);
  } finally {
    context.work = undefined;
  }
}
