import type { ServerResponse } from 'node:http';

/** Answers as an API server does when something fails. */
export function fail(outgoing: ServerResponse, code: number, message: string): void {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code };
  outgoing.writeHead(code, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(status));
}
