import { parseCommandLine, UsageError } from '@kubestellar/process';
import { type Context, contextOf, type ProvideOptions } from '../context.ts';
import {
  deleteCluster,
  endEngine,
  ensureCluster,
  listClusters,
  loadArchives,
  type PortMapping,
  prepare,
} from './cluster.ts';

/** What the commands are, for `--help`. */
export const KIND_USAGE = `  main.ts kind up [name] [--port <host>:<node>]... [--kubeconfig <file>]
                              make sure that a kind cluster is there; prints its kubeconfig's path
  main.ts kind load <name> <archive>...  load image archives into its node
  main.ts kind down <name>    delete the cluster
  main.ts kind list           print the names of all kind clusters
  main.ts kind prepare        install and start Docker, make and load the node image
  main.ts kind stop-engine    end the Docker engine that "up" or "prepare" has started, with all clusters`;

const DEFAULT_NAME = 'kubestellar';

/** Runs `main.ts kind ...`. Throws UsageError, ToolchainError. */
export async function kindCommand(args: readonly string[], options: ProvideOptions): Promise<void> {
  const context = contextOf(options);
  const [command, ...rest] = args;
  switch (command) {
    case 'up':
      return up(context, rest);
    case 'load': {
      const [name, ...archives] = rest;
      if (name === undefined || archives.length === 0) throw new UsageError('load takes a name and archives');
      return loadArchives(context, name, archives);
    }
    case 'down': {
      const [name, ...more] = rest;
      if (name === undefined || more.length > 0) throw new UsageError('down takes one name');
      return deleteCluster(context, name);
    }
    case 'list':
      for (const name of await listClusters(context)) console.log(name);
      return;
    case 'prepare':
      return prepare(context);
    case 'stop-engine':
      return endEngine(context);
    default:
      throw new UsageError(`there is no command "kind ${command ?? ''}"`);
  }
}

async function up(context: Context, args: string[]): Promise<void> {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: { port: { type: 'string', multiple: true }, kubeconfig: { type: 'string' } },
  });
  const [name = DEFAULT_NAME, ...more] = positionals;
  if (more.length > 0) throw new UsageError('up takes one name');
  const ports = (values.port ?? []).map(toPorts);
  const kubeconfig = values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig };
  const cluster = await ensureCluster(context, { name, ports, ...kubeconfig });
  console.log(cluster.kubeconfig);
}

function toPorts(text: string): PortMapping {
  const [host, node] = (/^(\d+):(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  const fits = (port: number | undefined) => port !== undefined && port >= 1 && port <= 65_535;
  if (host === undefined || node === undefined || !fits(host) || !fits(node)) {
    throw new UsageError(`--port takes <host>:<node>, two ports from 1 to 65535, not "${text}"`);
  }
  return { host, node };
}
