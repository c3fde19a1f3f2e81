/** `npm run images`: builds the container images. See USAGE. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { parseCommandLine, runProgram, UsageError } from '@kubestellar/process';
import { ToolchainError } from '@kubestellar/toolchain';
import { loadIntoKind } from '@kubestellar/toolchain/kind';
import type { Architecture } from '@kubestellar/toolchain/oci';
import { CommandBuilder } from 'dax';
import { type BuiltImage, buildImage, IMAGES, type ImageName } from './build.ts';

const USAGE = `Usage: npm run images -- [image...] [--arch amd64|arm64|all] [--load docker|kind[:<cluster>]] [--output <folder>]

Builds the images ${IMAGES.join(' and ')} (default: both) into dist/images, each as an archive with a bill of materials
beside it, and prints their names, digests and archives.
  --arch     default: this machine's; kcp of another one is cross-compiled, which takes minutes the first time
  --load     load them into Docker or into the nodes of a kind cluster (default: the one named "kind")

Example: npm run images -- --load kind:kubestellar`;

interface Wanted {
  images: readonly ImageName[];
  architectures: readonly Architecture[];
  load?: { docker: true } | { cluster: string };
  output?: string;
}

await runProgram({ usage: USAGE, failures: [ToolchainError], main });

async function main(args: string[], signal: AbortSignal): Promise<void> {
  const options = { log: (line: string) => console.error(line), signal };
  const wanted = parse(args);
  if (wanted === undefined) return console.log(USAGE);
  const built: BuiltImage[] = [];
  const where = wanted.output === undefined ? {} : { output: wanted.output };
  for (const architecture of wanted.architectures) {
    for (const name of wanted.images)
      built.push(await buildImage({ ...options, ...where }, name, architecture));
  }
  if (wanted.load !== undefined) {
    const archives = built
      .filter(({ architecture }) => architecture === ownArchitecture())
      .map((one) => one.archive);
    if ('docker' in wanted.load) for (const archive of archives) await loadIntoDocker(archive, signal);
    else await loadIntoKind(wanted.load.cluster, archives, options);
  }
  for (const { reference, architecture, digest, archive } of built) {
    console.log(`${reference}\t${architecture}\t${digest}\t${archive}`);
  }
}

function parse(args: string[]): Wanted | undefined {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      arch: { type: 'string' },
      load: { type: 'string' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const images = positionals.map((text) => {
    const name = IMAGES.find((known) => known === text);
    if (name === undefined)
      throw new UsageError(`there is no image "${text}"; there are ${IMAGES.join(', ')}`);
    return name;
  });
  const architectures = { amd64: ['amd64'], arm64: ['arm64'], all: ['amd64', 'arm64'] } as const;
  const arch = values.arch ?? ownArchitecture();
  if (!isKeyOf(architectures, arch)) throw new UsageError(`--arch takes amd64, arm64 or all, not "${arch}"`);
  return {
    images: images.length === 0 ? IMAGES : images,
    architectures: architectures[arch],
    ...(values.load === undefined ? {} : { load: loadTarget(values.load) }),
    ...(values.output === undefined ? {} : { output: values.output }),
  };
}

function loadTarget(text: string): { docker: true } | { cluster: string } {
  if (text === 'docker') return { docker: true };
  const cluster = /^kind(?::([a-z0-9][a-z0-9.-]*))?$/.exec(text);
  if (cluster === null) throw new UsageError(`--load takes docker, kind or kind:<cluster>, not "${text}"`);
  return { cluster: cluster[1] ?? 'kind' };
}

function isKeyOf<T extends object>(object: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(object, key);
}

function ownArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

async function loadIntoDocker(archive: string, signal: AbortSignal): Promise<void> {
  const { code } = await new CommandBuilder()
    .command(['docker', 'load'])
    .stdin(Readable.toWeb(createReadStream(archive)))
    .signal(signal)
    .noThrow();
  if (code !== 0) throw new ToolchainError(`docker load of ${archive} failed; is the engine running?`);
}
