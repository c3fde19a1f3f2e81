/**
 * Lets many callers share one request: each gets the response to a request that was sent after its call, so that the
 * response is newer than the reason of the call.
 * @param send sends the request
 */
export function coalesced<T>(send: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        const response = send();
        running = response;
        return response;
      });
    return next;
  };
}
