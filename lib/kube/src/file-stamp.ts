import { statSync } from 'node:fs';

/** How often files are looked at (milliseconds). */
const LOOK_EVERY = 5_000;

/** Tells when files have changed, as those do that Kubernetes hands to a pod when certificates are renewed. */
export class FileStamp {
  readonly #paths: readonly string[];
  readonly #lookEvery: number;
  #stamp: string | undefined;
  #lookAt: number;

  /** @param lookEvery between two looks the answer is that nothing has changed (milliseconds) */
  constructor(paths: readonly string[], lookEvery = LOOK_EVERY) {
    this.#paths = paths;
    this.#lookEvery = lookEvery;
    this.#stamp = this.#read();
    this.#lookAt = Date.now() + lookEvery;
  }

  /** Whether any file is another one since the last look. */
  hasChanged(): boolean {
    if (this.#paths.length === 0 || Date.now() < this.#lookAt) return false;
    this.#lookAt = Date.now() + this.#lookEvery;
    const before = this.#stamp;
    this.#stamp = this.#read();
    return this.#stamp !== before;
  }

  /** Makes the next look find a change. */
  forget(): void {
    this.#stamp = undefined;
  }

  #read(): string {
    const stats = this.#paths.map((path) => statSync(path, { throwIfNoEntry: false }));
    return stats.map((stat) => `${stat?.ino} ${stat?.mtimeMs} ${stat?.size}`).join('|');
  }
}
