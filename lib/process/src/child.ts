/**
 * Runs programs: the one place that starts a process which does not outlive us (`startDetached` is for those that do).
 * A child leads a process group of its own, and whatever ends it early ends the whole group, so that nothing that it has
 * started goes on.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onDeath } from './death.ts';
import { type Ended, type FailureToStart, Output } from './output.ts';

/** How to run a program. Every user of the machine can read its arguments: secrets go into `input` or a private file. */
export interface ChildOptions {
  /** The whole environment; default: ours. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  /** What it reads from standard input; default: nothing. */
  readonly input?: 'inherit' | string | Readable | undefined;
  /** Where its output goes: kept for the result (default), ours, a file descriptor, or a stream, which is ended. */
  readonly stdout?: Sink | undefined;
  readonly stderr?: Sink | undefined;
  /** Called with every line that is kept. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** So many characters are kept of each stream (64 Mi); `isCut` of the result is true where there were more. */
  readonly keep?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is ended. */
  readonly limitMs?: number | undefined;
  /** The first signal when it is ended early (SIGTERM); SIGKILL follows after `graceMs`. */
  readonly endWith?: NodeJS.Signals | undefined;
  /** Milliseconds (5,000). */
  readonly graceMs?: number | undefined;
  /** False: it stays in our group, and is ended alone. For tests, whose runner ends all that they have started. */
  readonly hasOwnGroup?: boolean | undefined;
  /** Gives it a channel for messages (Node programs only), and gets those that it sends. */
  readonly onMessage?: ((message: unknown) => void) | undefined;
}

/** Where one stream of a child goes. */
type Sink = 'keep' | 'inherit' | 'ignore' | number | Writable;

/** A program that runs. */
export interface Child {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** When it has ended and its output is complete; never rejects. */
  readonly ended: Promise<Ended>;
  readonly isRunning: boolean;
  /** What has been kept so far, both streams in the order of arrival. */
  output(): string;
  /** @returns when what has been kept contains the text; rejects when it ends without */
  printed(text: string): Promise<void>;
  /** Sends a signal to its process group. */
  kill(signal: NodeJS.Signals): void;
  /** @param onError called when the message could not be sent; it is not while `onMessage` is absent */
  send(message: object, onError?: (error: Error) => void): void;
  /** Closes the channel for messages. */
  disconnect(): void;
  /** Lets us end before it does. */
  unref(): void;
}

const GRACE_MS = 5_000;
const KEPT = 64 * 1024 * 1024;
/** How long output is waited for once a program that was ended early is dead: others may hold its pipes open. */
const PIPES_MS = 1_000;

/**
 * Runs a program to its end, or until its limit or signal ends it and all that it has started.
 * @returns how it has ended, whatever the exit code; never rejects
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Ended> {
  return startChild(command, args, options).ended;
}

/**
 * Runs a program that must succeed.
 * @returns its standard output
 * @throws Error with all that it printed when it fails or is ended early
 */
export async function mustRunChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<string> {
  const { code, signal, stopped, stdout, output, failure } = await runChild(command, args, options);
  if (code === 0 && stopped === undefined) return stdout;
  const how =
    stopped === 'limit' ? `not ended within ${options.limitMs} ms` : (signal ?? `exit code ${code}`);
  throw new Error(`${failure ? 'cannot run' : how}: ${[command, ...args].join(' ')}\n${output}`);
}

/** Starts a program. It is ended when we end, unless a signal kills us that nobody can catch. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  let started: RunningChild | undefined;
  // Before the start: a signal that ends us may come as soon as it runs.
  const forget = onDeath(() => started?.kill(options.endWith ?? 'SIGTERM'));
  try {
    started = new RunningChild(spawnFor(command, args, options), options);
  } catch (error) {
    forget();
    throw error;
  }
  void started.ended.then(forget);
  return started;
}

function spawnFor(command: string, args: readonly string[], options: ChildOptions): ChildProcess {
  return spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: options.hasOwnGroup ?? true,
    stdio: [
      inputOf(options.input),
      outputOf(options.stdout),
      outputOf(options.stderr),
      ...(options.onMessage ? (['ipc'] as const) : []),
    ],
  });
}

/** Runs a quick program where nothing can be awaited. @returns its exit code (undefined: none) and standard output */
export function runChildSync(
  command: string,
  args: readonly string[],
  options: Pick<ChildOptions, 'env' | 'cwd' | 'limitMs'> & { readonly input?: string } = {},
): { code: number | undefined; stdout: string; stderr: string } {
  const { env, cwd, limitMs: timeout, input } = options;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...{ env, cwd, timeout, input },
    encoding: 'utf8',
    maxBuffer: KEPT,
  });
  return { code: status ?? undefined, stdout: stdout ?? '', stderr: stderr ?? String(error ?? '') };
}

/** The same for one that must succeed. @returns its standard output @throws Error with what it printed */
export function mustRunChildSync(...call: Parameters<typeof runChildSync>): string {
  const [command, args] = call;
  const { code, stdout, stderr } = runChildSync(...call);
  if (code === 0) return stdout;
  throw new Error(`exit code ${code ?? 'none'}: ${[command, ...args].join(' ')}\n${stdout}${stderr}`);
}

class RunningChild implements Child {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #options: ChildOptions;
  readonly #output: Output;
  readonly #ending = Promise.withResolvers<void>();
  #stopped: 'limit' | 'abort' | undefined;
  #failure: FailureToStart | undefined;
  #killer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, options: ChildOptions) {
    this.#child = child;
    this.#options = options;
    this.#output = new Output(options.keep ?? KEPT);
    this.#listen();
    this.ended = this.#untilEnd();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  output(): string {
    return this.#output.all;
  }

  async printed(text: string): Promise<void> {
    const isThere = await Promise.race([
      this.#output.has(text),
      this.ended.then(() => this.output().includes(text)),
    ]);
    if (!isThere) throw new Error(`ended without printing "${text}":\n${this.output()}`);
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (this.#options.hasOwnGroup ?? true) process.kill(-pid, signal);
      else this.#child.kill(signal);
    } catch {
      // All of the group have ended.
    }
  }

  send(message: object, onError: (error: Error) => void = () => undefined): void {
    this.#child.send(message, (error) => error && onError(error));
  }

  disconnect(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #listen(): void {
    const { stdout, stderr, input, onMessage } = this.#options;
    this.#receive('stdout', stdout);
    this.#receive('stderr', stderr);
    const { stdin } = this.#child;
    // A program that ends without reading everything says why by its exit code.
    stdin?.on('error', () => undefined);
    if (typeof input === 'string') stdin?.end(input);
    else if (typeof input === 'object' && stdin) void pipeline(input, stdin).catch(() => undefined);
    if (onMessage) this.#child.on('message', onMessage);
    this.#child.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#child.pid !== undefined) return;
      this.#failure = { code: error.code ?? '', message: error.message };
      this.#ending.resolve();
    });
    this.#child.once('close', () => this.#ending.resolve());
    this.#child.once('exit', () => {
      if (!this.#stopped) return;
      this.kill('SIGKILL');
      setTimeout(() => {
        for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
        this.#ending.resolve();
      }, PIPES_MS).unref();
    });
  }

  #receive(name: 'stdout' | 'stderr', sink: Sink = 'keep'): void {
    const stream = this.#child[name];
    if (!stream) return;
    if (sink !== 'keep') {
      this.#output.passOn(stream, sink as Writable);
      return;
    }
    this.#output.keep(name, stream);
    const { onLine } = this.#options;
    if (onLine) createInterface({ input: stream }).on('line', onLine);
  }

  async #untilEnd(): Promise<Ended> {
    const { limitMs, signal } = this.#options;
    const timer = limitMs === undefined ? undefined : setTimeout(() => this.#stop('limit'), limitMs);
    const abort = () => this.#stop('abort');
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    await this.#ending.promise;
    clearTimeout(timer);
    clearTimeout(this.#killer);
    signal?.removeEventListener('abort', abort);
    const { exitCode, signalCode } = this.#child;
    return this.#output.ended({
      code: this.#failure ? undefined : (exitCode ?? undefined),
      signal: signalCode ?? undefined,
      stopped: this.#stopped,
      failure: this.#failure,
    });
  }

  #stop(why: 'limit' | 'abort'): void {
    if (this.#stopped) return;
    this.#stopped = why;
    this.kill(this.#options.endWith ?? 'SIGTERM');
    this.#killer = setTimeout(() => this.kill('SIGKILL'), this.#options.graceMs ?? GRACE_MS);
  }
}

function inputOf(input: ChildOptions['input']): 'ignore' | 'inherit' | 'pipe' {
  if (input === undefined) return 'ignore';
  return input === 'inherit' ? 'inherit' : 'pipe';
}

function outputOf(sink: Sink = 'keep'): 'pipe' | 'inherit' | 'ignore' | number {
  return sink === 'keep' || typeof sink === 'object' ? 'pipe' : sink;
}
