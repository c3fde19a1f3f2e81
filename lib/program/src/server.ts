import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Logger } from './logger.ts';
import { observeClient } from './metrics.ts';

/** What the probes read of a program. */
export interface Health {
  /** Why the program is not ready, in words; empty when it is. */
  notReady: () => string[];
  /** Additional information on a program that is ready; usually empty. */
  notes: () => string[];
}

/** @returns a registry with the process' own metrics (memory, event loop, CPU) and those of its requests */
export function createRegistry(program: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ program });
  // By default the event loop is sampled 100 times a second, most of the work of an idle program.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  observeClient(registry);
  return registry;
}

/**
 * Serves /healthz, /readyz and /metrics. A taken port is not fatal: then any free port is used.
 * @param address `host:port`, with an IPv6 address in brackets or not, or `:port`; host defaults to loopback, port 0 means any
 * @returns the server, listening, and the address it listens on
 */
export async function serveHealth(
  address: string,
  registry: Registry,
  health: Health,
  logger: Logger,
): Promise<{ server: Server; address: string }> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '') || '127.0.0.1';
  const port = Number(address.slice(colon + 1));
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      void registry
        .metrics()
        .then((body) => response.setHeader('content-type', registry.contentType).end(body));
    } else if (path === '/healthz') {
      response.end('ok\n');
    } else if (path === '/readyz') {
      const reasons = health.notReady();
      const lines = reasons.length > 0 ? reasons : ['ok', ...health.notes()];
      response.writeHead(reasons.length === 0 ? 200 : 503).end(`${lines.join('\n')}\n`);
    } else {
      response.writeHead(404).end('not found: try /healthz, /readyz or /metrics\n');
    }
  });
  const listening = await listen(server, host, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    logger.warn({ address }, 'the health and metrics port is taken; using a free one');
    return listen(server, host, 0);
  });
  logger.info({ address: listening }, 'serving /healthz, /readyz and /metrics');
  return { server, address: listening };
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      const bound = server.address();
      resolve(bound && typeof bound === 'object' ? `${bound.address}:${bound.port}` : host);
    });
  });
}
