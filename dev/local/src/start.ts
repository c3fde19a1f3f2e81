import { existsSync } from 'node:fs';
import { readRecords } from '@kubestellar/process';
import { linkTools, provideTools } from '@kubestellar/toolchain';
import { ensureCore } from './core.ts';
import { type DemoResult, ensureDemo, waitForDemo } from './demo.ts';
import { Interrupted } from './errors.ts';
import { ensureKcp, type Kcp } from './kcp.ts';
import { forEach, together } from './parallel.ts';
import { isComponentRunning } from './process/component.ts';
import { stopInOrder } from './process/order.ts';
import { buildOf } from './programs.ts';
import { newRun, type Run } from './run.ts';
import { StateFolder, stateFolderOf } from './state/folder.ts';
import { withLock } from './state/lock.ts';
import { ensureLocation, ensureManifest, type MailboxPath } from './syncer/onboard.ts';
import { ensureSyncer } from './syncer/syncer.ts';
import { ensureView } from './view.ts';
import { WEC_TOOLS } from './wec/components.ts';
import { ensureWec, type Wec } from './wec/wec.ts';

/** What to bring up, and where. */
export interface StartOptions {
  /** The state folder; default `$KUBESTELLAR_HOME`, else `.kubestellar` of the clone. */
  home?: string | undefined;
  /** How many WECs; default 2. More of them that run from before keep running. */
  wecs?: number | undefined;
  /** Gets progress, one plain line or a few per call. */
  log: (line: string) => void;
  /** Ends the start early; what it has started by then is stopped. */
  signal: AbortSignal;
}

/** What runs after a start. */
export interface LocalSetup {
  state: StateFolder;
  kcp: Kcp;
  wecs: (Wec & { mailbox: MailboxPath; demo: DemoResult })[];
}

/** Name of the command in locks and messages. */
export const START = 'npm start';

/** What runs, and what the user is told to work with. */
const TOOLS = [...WEC_TOOLS, 'kcp', 'kubectl', 'kubectl-ws'] as const;
/** How many clusters are worked at together: each step keeps a core busy. */
const AT_ONCE = 3;
/** How long a second `npm start` in one state folder waits for the first (seconds): it may build tools. */
const LOCK_LIMIT = 40 * 60;
/** Seconds that a process which was started in vain may take to end by itself: it holds nothing worth more. */
const GRACE_SECONDS = 5;

/**
 * Brings up kcp, the core, the WECs and their syncers, and delivers the demo workload; takes what runs already.
 * @returns once the demo's status has come back from every WEC
 * @throws LocalError, ToolchainError or Interrupted, after having stopped what this start has started
 */
export async function startLocal(options: StartOptions): Promise<LocalSetup> {
  const { log, signal, wecs = 2 } = options;
  const state = options.home === undefined ? stateFolderOf(process.env) : new StateFolder(options.home);
  state.create();
  const lock = {
    what: START,
    signal,
    limitSeconds: LOCK_LIMIT,
    onHeld: ({ pid, what }: { pid: number; what: string }) =>
      log(`waiting for "${what}" (process ${pid}), which works in ${state.path} too`),
  };
  return withLock(state.lock, lock, async () => {
    const run = newRun(state, log, signal);
    try {
      return await bringUp(run, wecs);
    } catch (error) {
      await takeBack(run, error);
      throw error;
    }
  });
}

async function bringUp(run: Run, count: number): Promise<LocalSetup> {
  const { state, log, signal } = run;
  buildOf('cli', 'mailbox-controller', 'where-resolver', 'placement-translator', 'kubestellar-syncer');
  const tools = await provideTools(TOOLS, { log, signal });
  await linkTools(state.bin, tools);
  const names = Array.from({ length: count }, (_, index) => `edge${index + 1}`);

  log(
    `bringing up kcp and ${count === 1 ? 'one cluster' : `${count} clusters`}; state and logs are in ${state.path}`,
  );
  const [kcp, clusters] = await together<[Kcp, Wec[]]>(run, [
    async (part) => {
      const kcp = await ensureKcp(part, tools.kcp);
      await ensureCore(part, kcp);
      await ensureView(part, kcp);
      return kcp;
    },
    (part) => forEach(part, AT_ONCE, names, ensureWec),
  ]);
  const [, wecs] = await together<[unknown, LocalSetup['wecs']]>(run, [
    (part) => ensureDemo(part, kcp),
    async (part) => {
      const onboarded = await forEach(part, AT_ONCE, clusters, async (one, wec) => ({
        ...wec,
        mailbox: await onboard(one, kcp, wec, tools.kubectl),
      }));
      return forEach(part, onboarded.length, onboarded, async (one, wec) => ({
        ...wec,
        demo: await waitForDemo(one, kcp, wec, wec.mailbox),
      }));
    },
  ]);
  tellOfOthers(run, names);
  return { state, kcp, wecs };
}

async function onboard(run: Run, kcp: Kcp, wec: Wec, kubectl: string): Promise<MailboxPath> {
  const mailbox = await ensureLocation(run, kcp, wec.name);
  await ensureManifest(run, kcp, wec.name, mailbox);
  await ensureSyncer(run, wec, kubectl);
  return mailbox;
}

/** Stops what this run started, and nothing that ran before. */
async function takeBack(run: Run, error: unknown): Promise<void> {
  const nothing = run.started.length === 0 && run.undo.length === 0;
  if (nothing) return;
  const why = error instanceof Interrupted ? 'interrupted' : 'failed';
  run.log(`${why}; stopping what this start has started …`);
  for (const undo of run.undo.toReversed()) await undo();
  const { failures } = await stopInOrder(run.started, GRACE_SECONDS);
  for (const failure of failures) run.log(failure);
}

function tellOfOthers(run: Run, names: readonly string[]): void {
  const others = readRecords(run.state.pids)
    .map(({ name }) => /^(.+)-apiserver$/.exec(name)?.[1])
    .filter(
      (name) => name !== undefined && !names.includes(name) && existsSync(run.state.wecKubeconfig(name)),
    )
    .filter((name) => isComponentRunning(run, `${name}-apiserver`));
  if (others.length > 0) run.log(`left running from before: ${others.join(', ')}`);
}
