/** workspace-proxy: what users of a WMW talk to where its RBAC and admission objects are to be data (docs/denaturing.md). */
import { explain, FileStamp } from '@kubestellar/kube';
import { type Logger, type Program, whenAborted } from '@kubestellar/program';
import { type CredentialFiles, pathsOf, readCredentials } from './credentials.ts';
import { FLAGS, settingsOf } from './flags.ts';
import { ViewServer } from './server.ts';

const USAGE = `Usage: workspace-proxy --server URL --certificate-authority FILE --tls-cert-file FILE --tls-private-key-file FILE [flag...]

Serves what a kcp server serves, with the credentials of who asks, but keeps RBAC and admission objects of
workloads apart from those that act in the workspace: below a workload management workspace it reads and
writes them in the API groups <group>.denatured, and shows them in their own.

  --server URL                 the kcp server, https://HOST:PORT (required)
  --certificate-authority FILE its certificate authority (required)
  --tls-cert-file FILE         the view's own certificate (required)
  --tls-private-key-file FILE  its key (required)
  --client-ca-file FILE        the authorities of clients that show certificates
  --proxy-client-cert-file FILE  the certificate by which kcp believes the view who they are
  --proxy-client-key-file FILE its key; these three come together
  --listen ADDR                where to serve (default 127.0.0.1:6444; :PORT for all addresses)
  --server-bind-address ADDR   where /healthz, /readyz and /metrics are served (default :10206, on loopback)
  -v, --v LEVEL                0 warnings, 2 info (default), 3 debug, 5 trace
  -h, --help                   print this

Tokens are passed on in the header Authorization. Who shows a certificate is told to kcp by the headers
X-Remote-User and X-Remote-Group, for which kcp needs --requestheader-client-ca-file and its companions.
The files are read again when they change.
`;

/** How often files are looked at (milliseconds). */
const LOOK_EVERY = 2_000;

/** The program, which main.ts runs. */
export const program: Program = {
  name: 'workspace-proxy',
  metricsName: 'wmw-view',
  usage: USAGE,
  healthAddress: ':10206',
  flags: FLAGS,
  check: settingsOf,
  async run({ flags, logger, signal, setNotReady }) {
    const { kcp, listen, files } = settingsOf(flags);
    const stamp = new FileStamp(pathsOf(files), 0);
    const server = new ViewServer(kcp, await readCredentials(files), logger);
    await server.listen(listen.host, listen.port);
    logger.info({ server: kcp, listen: `${listen.host}:${listen.port}` }, 'the view serves');
    setNotReady(() => []);
    const looking = setInterval(() => void follow(server, files, stamp, logger), LOOK_EVERY);
    await whenAborted(signal);
    clearInterval(looking);
    server.close();
  },
};

/** Has the server go on with what is in the files when they have changed. */
async function follow(
  server: ViewServer,
  files: CredentialFiles,
  stamp: FileStamp,
  logger: Logger,
): Promise<void> {
  if (!stamp.hasChanged()) return;
  try {
    server.use(await readCredentials(files));
    logger.info('certificates were read again');
  } catch (error) {
    // What is being written can be read a moment later; until then, what we have must do.
    stamp.forget();
    logger.warn({ reason: explain(error) }, 'changed certificates were not read');
  }
}
