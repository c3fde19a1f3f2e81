import { statSync } from 'node:fs';

/** How often files are checked (milliseconds). */
const LOOK_EVERY = 5_000;

/** Detects changed files, such as renewed certificates that Kubernetes mounts into a pod. */
export class FileStamp {
  readonly #paths: readonly string[];
  readonly #lookEvery: number;
  #stamp: string | undefined;
  #lookAt: number;

  /** @param lookEvery between two checks the result is that nothing has changed (milliseconds) */
  constructor(paths: readonly string[], lookEvery = LOOK_EVERY) {
    this.#paths = paths;
    this.#lookEvery = lookEvery;
    this.#stamp = this.#read();
    this.#lookAt = Date.now() + lookEvery;
  }

  /** Whether any file has changed since the last check. */
  hasChanged(): boolean {
    if (this.#paths.length === 0 || Date.now() < this.#lookAt) return false;
    this.#lookAt = Date.now() + this.#lookEvery;
    const before = this.#stamp;
    this.#stamp = this.#read();
    return this.#stamp !== before;
  }

  /** Makes the next check find a change. */
  forget(): void {
    this.#stamp = undefined;
  }

  #read(): string {
    const stats = this.#paths.map((path) => statSync(path, { throwIfNoEntry: false }));
    return stats.map((stat) => `${stat?.ino} ${stat?.mtimeMs} ${stat?.size}`).join('|');
  }
}
