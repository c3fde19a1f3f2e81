import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, startChild } from '@kubestellar/process';
import { mustSucceed, runScript, scripted } from './script.ts';
import { Snapshot, snapshotStore } from './snapshot.ts';

/** The clone that is tested. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a finished command left behind. */
export type Finished = Pick<Ended, 'code' | 'signal' | 'stdout' | 'stderr'>;

/** A command that runs; `done` never rejects. */
export interface Running {
  done: Promise<Finished>;
  pid: number;
  /** What it has printed so far, both streams in the order of arrival. */
  output(): string;
  /** @returns when the output so far contains the text; rejects when the command ends before. */
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** A clone whose commands a test runs. */
export interface Clone {
  path: string;
  /** The script behind its `npm start` and `npm stop`, relative to its path. */
  script: string;
}

/** The one that is tested, with the very script behind `npm start` and `npm stop`. */
const TESTED: Clone = { path: ROOT, script: join('dev', 'scripts', 'task.mjs') };

/** A `npm start` environment of its own: a state folder, and the environment that its commands get. */
export class LocalHome {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #script: string;
  /** Snapshots are of cores that the tested clone has started. */
  readonly #mayUseSnapshots: boolean;

  /** @param clone whose commands are run; a folder may have commands of one clone after those of another */
  constructor(path: string, clone = TESTED) {
    this.path = path;
    this.#script = join(clone.path, clone.script);
    this.#mayUseSnapshots = clone === TESTED && process.env.KUBESTELLAR_E2E_SNAPSHOTS !== 'no';
    this.env = {
      ...process.env,
      KUBESTELLAR_HOME: path,
      PATH: [join(clone.path, 'bin'), join(path, 'bin'), process.env.PATH].join(delimiter),
      KUBECONFIG: join(path, 'e2e.kubeconfig'),
    };
  }

  /** Makes a folder for the state of one test file. */
  static async create(): Promise<LocalHome> {
    return new LocalHome(await mkdtemp(join(tmpdir(), 'kubestellar-e2e-')));
  }

  /** Runs `npm start` or `npm stop`. */
  npm(script: 'start' | 'stop', ...args: string[]): Running {
    return run(process.execPath, [this.#script, script, ...args], this.env);
  }

  /**
   * Starts a core with so many clusters; the first time from a snapshot of one that was initialized before, unless
   * `KUBESTELLAR_E2E_SNAPSHOTS=no`. What shows how a first start goes uses `npm` instead.
   * @throws Error with its output
   */
  async start(wecs = 2): Promise<void> {
    const isFirst = !(await readdir(this.path)).includes('.kubestellar-state');
    if (!isFirst || !this.#mayUseSnapshots) return this.startAnew(wecs);
    const worker = process.env.KUBESTELLAR_TEST_WORKER ?? '0';
    const snapshot = new Snapshot(await snapshotStore(join(ROOT, 'dist')), `${wecs}-clusters-${worker}`);
    if (!snapshot.isThere()) {
      await this.startAnew(wecs);
      await this.npm('stop').done;
      await snapshot.save(this.path);
      await this.startAnew(wecs);
    } else if (await snapshot.restore(this.path)) {
      // One that can't be started would be in the way of all later runs, too.
      await this.startAnew(wecs).catch(async (error) => {
        await snapshot.remove();
        throw error;
      });
    } else {
      await this.startAnew(wecs);
    }
  }

  /**
   * The same without a snapshot, for what deletes the workspaces that a start makes: kcp looks whether one is gone after a
   * fifth of its age, which is that of the snapshot.
   */
  async startAnew(wecs = 2): Promise<void> {
    const { code, stdout, stderr } = await this.npm('start', '--wecs', String(wecs)).done;
    if (code !== 0) throw new Error(`npm start failed:\n${stdout}${stderr}`);
  }

  /** Makes `$KUBECONFIG` a copy of what npm start has written, with `root` as current workspace. */
  async enterRoot(): Promise<void> {
    await this.must('cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG && kubectl config use-context root');
  }

  /** Runs a script in this environment. */
  readonly sh = scripted((text, env) => runScript(text, { cwd: ROOT, env: { ...this.env, ...env } }));

  /** Runs a script that must succeed. @returns its stdout @throws with its output when it fails */
  readonly must = scripted((text, env) => mustSucceed(text, this.sh(text, env)));

  /** The kubeconfig of a cluster, for kubectl's --kubeconfig. */
  wec(name: string): string {
    return join(this.path, 'wecs', `${name}.kubeconfig`);
  }

  /** The pid of one of the processes that npm start runs. @throws Error when none of that name is recorded */
  async pidOf(name: string): Promise<number> {
    const files = await readdir(this.path, { recursive: true });
    const record = files.find((file) => file.endsWith(`/${name}.json`) && /^(pids|run)\//.test(file));
    if (!record) throw new Error(`no record of ${name} in ${this.path}`);
    return (JSON.parse(await readFile(join(this.path, record), 'utf8')) as { pid: number }).pid;
  }

  /** Stops everything and removes the state; the logs go into the folder that `KUBESTELLAR_E2E_LOGS` names, if any. */
  async dispose(): Promise<void> {
    await this.npm('stop').done;
    const kept = process.env.KUBESTELLAR_E2E_LOGS;
    const logs = join(this.path, 'logs');
    if (kept) await cp(logs, join(kept, basename(this.path)), { recursive: true }).catch(() => undefined);
    await this.npm('stop', '--purge').done;
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Starts a command in the root of the clone; the test runner ends it with the test. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv): Running {
  const child = startChild(command, args, { cwd: ROOT, env, hasOwnGroup: false });
  return {
    done: child.ended,
    pid: child.pid ?? 0,
    output: () => child.output(),
    printed: (text) => child.printed(text),
    kill: (signal) => child.kill(signal),
  };
}
