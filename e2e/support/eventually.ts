import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is as expected.
 * @param what completes "waiting for", for the message
 * @returns the answer that `accept` took
 * @throws Error with the last answer when `seconds` have passed
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  accept: (answer: T) => boolean,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (accept(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`gave up after ${seconds} s of waiting for ${what}; last seen: ${seen?.slice(0, 600)}`);
}
