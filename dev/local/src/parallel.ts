import { Interrupted } from './errors.ts';
import type { Run } from './run.ts';

/**
 * Does several things at once. When one fails, the others are told to end by their signal, and are waited for:
 * after the return nothing goes on in the background.
 * @returns their results in order
 * @throws the first failure
 */
export async function together<T extends readonly unknown[]>(
  run: Run,
  works: { [K in keyof T]: (run: Run) => Promise<T[K]> },
): Promise<T> {
  const failed = new AbortController();
  const part: Run = { ...run, signal: AbortSignal.any([run.signal, failed.signal]) };
  let first: unknown;
  const results = await Promise.all(
    works.map(async (work) => {
      try {
        return await work(part);
      } catch (error) {
        if (!failed.signal.aborted) first = error;
        failed.abort();
        return undefined;
      }
    }),
  );
  if (run.signal.aborted) throw new Interrupted();
  if (failed.signal.aborted) throw first;
  return results as unknown as T;
}

/** Like `together`, with one work per item and at most `limit` at a time. */
export async function forEach<I, T>(
  run: Run,
  limit: number,
  items: readonly I[],
  work: (run: Run, item: I) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (part: Run) => {
    while (next < items.length && !part.signal.aborted) {
      const index = next++;
      results[index] = await work(part, items[index] as I);
    }
  };
  await together(
    run,
    Array.from({ length: Math.min(limit, items.length) }, () => worker),
  );
  return results;
}
