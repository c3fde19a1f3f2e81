/**
 * Lets many callers share one question: each gets the answer to one that was asked after its call, so that what it
 * is told is newer than what made it ask.
 * @param ask asks the server
 */
export function coalesced<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        const answer = ask();
        running = answer;
        return answer;
      });
    return next;
  };
}
