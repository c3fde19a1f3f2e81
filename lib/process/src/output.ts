import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How a program has ended. */
export interface Ended {
  /** Exit code; undefined when a signal ended it or it could not be started. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** What was kept of each stream. */
  readonly stdout: string;
  readonly stderr: string;
  /** Both in the order of arrival. */
  readonly output: string;
  /** Whether there was more output than is kept. */
  readonly isCut: boolean;
  /** Why it was ended early, if it was. */
  readonly stopped: 'limit' | 'abort' | undefined;
  /** Why it could not be started, if it could not; the message is in `stderr`, too. */
  readonly failure: FailureToStart | undefined;
  /** Why a stream that was to get its output took no more, if so. */
  readonly sinkError: Error | undefined;
}

/** `code` is that of the system's error, as `ENOENT` for a program that is missing. */
export interface FailureToStart {
  readonly code: string;
  readonly message: string;
}

type Name = 'stdout' | 'stderr';

/** What a program prints, as far as it is kept. */
export class Output {
  readonly #limit: number;
  readonly #chunks: { readonly from: Name; readonly text: string }[] = [];
  readonly #kept = { stdout: 0, stderr: 0 };
  readonly #passedOn: Promise<unknown>[] = [];
  readonly #watchers = new Set<() => void>();
  #isCut = false;
  #sinkError: Error | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get all(): string {
    return this.#chunks.map(({ text }) => text).join('');
  }

  /** @returns once what has been kept contains the text */
  has(text: string): Promise<true> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.all.includes(text)) return;
        this.#watchers.delete(look);
        resolve(true);
      };
      this.#watchers.add(look);
      look();
    });
  }

  keep(from: Name, stream: Readable): void {
    stream.setEncoding('utf8').on('data', (data: string) => {
      const text = data.slice(0, this.#limit - this.#kept[from]);
      if (text.length < data.length) this.#isCut = true;
      if (text === '') return;
      this.#kept[from] += text.length;
      this.#chunks.push({ from, text });
      for (const look of this.#watchers) look();
    });
  }

  passOn(from: Readable, to: Writable): void {
    const passed = pipeline(from, to).catch((error: Error) => {
      this.#sinkError ??= error;
    });
    this.#passedOn.push(passed);
  }

  async ended(how: Pick<Ended, 'code' | 'signal' | 'stopped' | 'failure'>): Promise<Ended> {
    await Promise.all(this.#passedOn);
    const textOf = (name: Name) =>
      this.#chunks
        .filter(({ from }) => from === name)
        .map(({ text }) => text)
        .join('');
    const failure = how.failure?.message ?? '';
    return {
      ...how,
      stdout: textOf('stdout'),
      stderr: textOf('stderr') + failure,
      output: this.all + failure,
      isCut: this.#isCut,
      sinkError: this.#sinkError,
    };
  }
}
