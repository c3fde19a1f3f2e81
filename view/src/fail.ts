import type { ServerResponse } from 'node:http';

/** Answers as an API server does when something fails. */
export function fail(outgoing: ServerResponse, code: number, message: string): void {
  // By the reason, clients know that they have to prove themselves otherwise.
  const reason = code === 401 ? { reason: 'Unauthorized' } : {};
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, ...reason, code };
  outgoing.writeHead(code, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(status));
}
