/** wmw-view: what users of a WMW talk to where its RBAC and admission objects are to be data (docs/denaturing.md). */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type Flags, type Program, runProgram, UsageError, whenAborted } from '@kubestellar/kube/program';
import { Upstream } from './upstream.ts';
import { View } from './view.ts';

const USAGE = `Usage: wmw-view --server URL --certificate-authority FILE --tls-cert-file FILE --tls-private-key-file FILE [flag...]

Serves what a kcp server serves, with the credentials of who asks, but keeps RBAC and admission objects of
workloads apart from those that act in the workspace: below a workload management workspace it reads and
writes them in the API groups <group>.denatured, and shows them in their own.

  --server URL                 the kcp server, https://HOST:PORT (required)
  --certificate-authority FILE its certificate authority (required)
  --tls-cert-file FILE         the view's own certificate (required)
  --tls-private-key-file FILE  its key (required)
  --listen ADDR                where to serve (default 127.0.0.1:6444)
  --server-bind-address ADDR   where /healthz, /readyz and /metrics are served (default :10206, on loopback)
  -v, --v LEVEL                0 warnings, 2 info (default), 3 debug, 5 trace
  -h, --help                   print this

Credentials are passed on in the header Authorization; client certificates are not supported.
`;

const REQUIRED = ['server', 'certificate-authority', 'tls-cert-file', 'tls-private-key-file'] as const;
const DEFAULT_ADDRESS = '127.0.0.1:6444';

const program: Program = {
  name: 'wmw-view',
  usage: USAGE,
  healthAddress: ':10206',
  flags: {
    server: { type: 'string' },
    'certificate-authority': { type: 'string' },
    'tls-cert-file': { type: 'string' },
    'tls-private-key-file': { type: 'string' },
    listen: { type: 'string' },
  },
  check,
  async run({ flags, logger, signal, setNotReady }) {
    const upstream = new Upstream(
      originOf(text(flags, 'server')),
      await readFile(text(flags, 'certificate-authority'), 'utf8'),
    );
    const view = new View(upstream, logger);
    const server = createServer(
      {
        cert: await readFile(text(flags, 'tls-cert-file')),
        key: await readFile(text(flags, 'tls-private-key-file')),
      },
      (incoming, outgoing) => void view.handle(incoming, outgoing),
    );
    const { host, port } = addressOf(text(flags, 'listen') || DEFAULT_ADDRESS);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    logger.info({ server: upstream.server, listen: `${host}:${port}` }, 'the view serves');
    setNotReady(() => []);
    await whenAborted(signal);
    server.close();
    server.closeAllConnections();
    upstream.close();
  },
};

/** @throws UsageError for flags without which, or with which, nothing can be done */
function check(flags: Flags): void {
  for (const flag of REQUIRED) if (!text(flags, flag)) throw new UsageError(`--${flag} is required`);
  originOf(text(flags, 'server'));
  addressOf(text(flags, 'listen') || DEFAULT_ADDRESS);
}

function originOf(server: string): string {
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:')
    throw new UsageError('--server takes a URL such as https://kcp.example:6443');
  return new URL(server).origin;
}

function addressOf(listen: string): { host: string; port: number } {
  const match = /^(.*):(\d+)$/.exec(listen);
  if (!match) throw new UsageError('--listen takes ADDRESS:PORT');
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

function text(flags: Flags, flag: string): string {
  const value = flags[flag];
  return typeof value === 'string' ? value : '';
}

await runProgram(program, process.argv.slice(2));
