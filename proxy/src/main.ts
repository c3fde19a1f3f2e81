/** workspace-proxy: what users of a WMW connect to where its RBAC and admission objects are data (docs/denaturing.md). */
import { explain, FileStamp } from '@kubestellar/kube';
import { type Logger, type Program, runProgram, whenAborted } from '@kubestellar/program';
import { type CredentialFiles, pathsOf, readCredentials } from './credentials.ts';
import { FLAGS, settingsOf } from './flags.ts';
import { ProxyServer } from './server.ts';

const USAGE = `Usage: workspace-proxy --server URL --certificate-authority FILE --tls-cert-file FILE --tls-private-key-file FILE [flag...]

Passes requests on to a kcp server with the credentials of the caller, but keeps the RBAC and admission
objects of workloads from acting in the workspace. In a workload management workspace it reads and writes
them in the API groups <group>.denatured, and shows them in their native groups.

  --server URL                 the kcp server, https://HOST:PORT (required)
  --certificate-authority FILE CA of the kcp server (required)
  --tls-cert-file FILE         the proxy's server certificate (required)
  --tls-private-key-file FILE  its key (required)
  --client-ca-file FILE        CAs of the client certificates that are accepted
  --proxy-client-cert-file FILE  the proxy's client certificate, with which kcp accepts its user headers
  --proxy-client-key-file FILE its key; set these three together or none
  --listen ADDR                address to serve at (default 127.0.0.1:6444; :PORT for all addresses)
  --server-bind-address ADDR   address of /healthz, /readyz and /metrics (default :10206, on loopback)
  -v, --v LEVEL                0 warnings, 2 info (default), 3 debug, 5 trace
  -h, --help                   print this

Tokens are passed on in the header Authorization. For a client certificate, the proxy sends its user and
groups in the headers X-Remote-User and X-Remote-Group. Configure kcp to accept them with
--requestheader-client-ca-file and the other --requestheader flags.
Changed files are read again.
`;

/** How often the files are checked for changes (milliseconds). */
const LOOK_EVERY = 2_000;

const program: Program = {
  name: 'workspace-proxy',
  metricsName: 'wmw-view',
  usage: USAGE,
  healthAddress: ':10206',
  flags: FLAGS,
  check: settingsOf,
  async run({ flags, logger, signal, setNotReady }) {
    const { kcp, listen, files } = settingsOf(flags);
    const stamp = new FileStamp(pathsOf(files), 0);
    const server = new ProxyServer(kcp, await readCredentials(files), logger);
    await server.listen(listen.host, listen.port);
    logger.info({ server: kcp, listen: `${listen.host}:${listen.port}` }, 'the workspace proxy serves');
    setNotReady(() => []);
    const looking = setInterval(() => void follow(server, files, stamp, logger), LOOK_EVERY);
    await whenAborted(signal);
    clearInterval(looking);
    server.close();
  },
};

/** Makes the server use the contents of changed files. */
async function follow(
  server: ProxyServer,
  files: CredentialFiles,
  stamp: FileStamp,
  logger: Logger,
): Promise<void> {
  if (!stamp.hasChanged()) return;
  try {
    server.use(await readCredentials(files));
    logger.info('loaded changed certificates');
  } catch (error) {
    // A file that is being written can be read a moment later; until then, the former certificates are used.
    stamp.forget();
    logger.warn({ reason: explain(error) }, 'could not load the changed certificates; trying again');
  }
}

await runProgram(program, process.argv.slice(2));
