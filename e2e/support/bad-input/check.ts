import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@kubestellar/testing';
import { CountingProxy } from '../counting-proxy.ts';
import { type Finished, ROOT, run } from '../local.ts';
import { writeProxied } from '../proxied-kubeconfig.ts';

/** How a command is called wrongly, or under which bad circumstances, and what it must say. */
export interface Cell {
  /** What follows the command's name, in shell words. */
  readonly args: string;
  readonly code: number;
  /** The one line that tells the cause, without the command's name before it. */
  readonly cause: RegExp;
  /** What to do about it, anywhere in the message; default for wrong usage: where the help is. */
  readonly hint?: RegExp;
  /** Gives the text of the kubeconfig to use instead of the usual one. */
  readonly kubeconfig?: () => string;
  /** Lines of shell that make the surroundings bad, in the folder of the case. */
  readonly before?: string;
  /** Where stdout goes, if not to the test. */
  readonly stdout?: string;
  /** Work is done before the trouble: its lines on stdout are true. */
  readonly doesWork?: boolean;
  /** The server takes connections and never answers; the command is interrupted when it waits. */
  readonly silence?: 'until it gives up' | 'until SIGINT';
  /** Instead of giving up it goes on waiting, by design, and says why; then it is interrupted. */
  readonly waits?: boolean;
}

/** A command of the matrix: its cells by class, or why a class does not apply. */
export interface Row {
  readonly command: string;
  /** Its findings go to stdout, which is no result for scripts. */
  readonly reports?: boolean;
  readonly cells: Readonly<Record<string, Cell | Cell[] | string>>;
}

/** Runs cells, each in a folder and with a kubeconfig of its own. */
export class BadInput {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  /** Text of the usual kubeconfig. */
  readonly #kubeconfig: string;

  constructor(folder: string, env: NodeJS.ProcessEnv, kubeconfig: string) {
    this.#folder = folder;
    this.#env = env;
    this.#kubeconfig = kubeconfig;
  }

  /** @throws AssertionError unless the command behaves as it should */
  async check(row: Row, cell: Cell): Promise<void> {
    const what = `${row.command} ${cell.args}`;
    const base = await mkdtemp(join(this.#folder, 'case-'));
    const place = join(base, 'cwd');
    await Promise.all([mkdir(place), mkdir(join(base, 'tmp'))]);
    const path = join(base, 'kubeconfig');
    const proxy = cell.silence && (await silentProxy(this.#kubeconfig));
    if (proxy) await writeProxied(this.#kubeconfig, () => proxy.url, path);
    else await writeFile(path, cell.kubeconfig?.() ?? this.#kubeconfig, { mode: 0o600 });
    const env = {
      ...this.#env,
      KUBECONFIG: path,
      TMPDIR: join(base, 'tmp'),
      KUBESTELLAR_STATE_DIR: join(base, 'state'),
    };
    try {
      if (cell.before)
        assert.is((await run('bash', ['-ec', `cd ${place}; ${cell.before}`], env).done).code, 0, what);
      const before = [await readFile(path, 'utf8'), (await readdir(place)).sort()];
      const finished = await this.#run(row, cell, place, env, proxy);
      assertTold(row, cell, finished, what);
      assert.equal(
        [await readFile(path, 'utf8'), (await readdir(place)).sort()],
        before,
        `${what}: it leaves a trace`,
      );
      assert.equal(await readdir(join(base, 'tmp')), [], `${what}: it leaves a temporary file`);
    } finally {
      proxy?.stop();
      await rm(base, { recursive: true });
    }
  }

  async #run({ command }: Row, cell: Cell, place: string, env: NodeJS.ProcessEnv, proxy?: CountingProxy) {
    const executable = join(ROOT, 'bin', command.replace(/^kubectl kubestellar/, 'kubectl-kubestellar'));
    const output = cell.stdout ? ` >${cell.stdout}` : '';
    const asked = new Promise<void>((resolve) => {
      if (!proxy) return;
      proxy.fateOf = () => {
        resolve();
        return 'hang';
      };
    });
    const running = run('bash', ['-c', `cd ${place}; exec ${executable} ${cell.args}${output}`], env);
    if (cell.waits) await running.printed('Waiting for');
    else if (cell.silence === 'until SIGINT') await Promise.race([asked, running.done]);
    if (cell.waits || cell.silence === 'until SIGINT') running.kill('SIGINT');
    return running.done;
  }
}

async function silentProxy(kubeconfig: string): Promise<CountingProxy> {
  const server = /server:\s*"?(https:\/\/[^/"\s]+)/.exec(kubeconfig)?.[1] ?? '';
  return CountingProxy.start(server);
}

function assertTold(
  { command, reports }: Row,
  cell: Cell,
  { code, stdout, stderr }: Finished,
  what: string,
): void {
  const told = `${what}\n${stdout}${stderr}`;
  assert.is(code, cell.code, told);
  const isProgress = (line: string) =>
    line === '' || /^(Waiting for|Re-using|Creating|Created|Accepting|Ended|Finished|Launching) /.test(line);
  const [first = '', ...more] = stderr.split('\n').filter((line) => !isProgress(line));
  const named = first.startsWith(`${command}: `) ? first.slice(command.length + 2) : first;
  if (!cell.stdout && !/^Invalid component/.test(first))
    assert.ok(first !== named, `the message begins with the command's name: ${told}`);
  assert.match(cell.waits ? stderr : named, cell.cause, told);
  assert.match(reports ? stderr + stdout : stderr, cell.hint ?? /\nSee ".* --help"\.\n$/, told);
  assert.ok(more.length <= 2, `a message of a few lines: ${told}`);
  assert.not.match(stderr, /\n\s+at |undefined|\[object/, told);
  if (!reports && !cell.doesWork) assert.is(stdout, '', `nothing that a script would take: ${told}`);
}
