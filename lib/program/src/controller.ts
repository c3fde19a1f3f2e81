import { EDGE_GROUP, ESPW_PATH } from '@kubestellar/api';
import type { ConnectionOptions } from '@kubestellar/kube';
import { KubeClient, waitForVirtualWorkspace } from '@kubestellar/kube';
import { connectionFlags, connectionFrom } from './flags.ts';
import { type Program, type ProgramContext, runProgram, whenAborted } from './program.ts';

/** What watches and reconciles between start and stop. */
export interface Controller {
  /** @returns when all lists are complete and it reconciles */
  start(): Promise<void>;
  /** @returns when nothing of it is in progress any more */
  stop(): Promise<void>;
  /** Why it does not reconcile yet; empty when it does. */
  notReady(): string[];
}

/** What a controller is created from. */
export interface ControllerContext extends Pick<ProgramContext, 'flags' | 'logger' | 'registry'> {
  /** Path of the edge service provider workspace. */
  espwPath: string;
  /** Connects as the flags of `prefix` say; `defaults` fill what was not given. */
  connect(prefix: string, defaults: ConnectionOptions): Promise<KubeClient>;
  /** Waits for the virtual workspace of our APIExport. @param espw a client at the edge service provider workspace */
  connectToVirtualWorkspace(espw: KubeClient): Promise<KubeClient>;
}

/** A program that runs one controller of the core. */
export interface ControllerProgram extends Omit<Program, 'run'> {
  /** Prefixes of the flags for its connections (see connectionFlags). */
  connections: readonly string[];
  create(context: ControllerContext): Promise<Controller>;
}

/** Runs a program's controller from when our APIExport has a virtual workspace until a signal arrives; see runProgram. */
export async function runController(program: ControllerProgram, args: readonly string[]): Promise<void> {
  const { connections, create, flags, ...rest } = program;
  const allFlags: Program['flags'] = {
    ...flags,
    'espw-path': { type: 'string' },
    ...Object.fromEntries(connections.flatMap((prefix) => Object.entries(connectionFlags(prefix)))),
  };
  const run = async (context: ProgramContext) => {
    const { signal, logger, setNotReady } = context;
    const controller = await create(controllerContext(program.name, context));
    setNotReady(() => controller.notReady());
    await Promise.race([controller.start(), whenAborted(signal)]);
    if (!signal.aborted) logger.info('watching');
    await whenAborted(signal);
    await controller.stop();
  };
  await runProgram({ ...rest, flags: allFlags, run }, args);
}

function controllerContext(name: string, context: ProgramContext): ControllerContext {
  const { flags, logger, registry, signal, setNotReady } = context;
  const userAgent = `kubestellar/${name}`;
  return {
    flags,
    logger,
    registry,
    espwPath: String(flags['espw-path'] ?? ESPW_PATH),
    connect: (prefix, defaults) =>
      KubeClient.fromKubeconfig(connectionFrom(flags, prefix, { userAgent, ...defaults })),
    connectToVirtualWorkspace: (espw) => {
      setNotReady(() => ['waiting for the virtual workspace of the APIExport']);
      return waitForVirtualWorkspace(espw, EDGE_GROUP, logger, signal);
    },
  };
}
