import { randomBytes } from 'node:crypto';

/** What an attacker must not get to see: the beginning of all values that somebody else writes. */
export class Canary {
  /** Of a length that base64 leaves as it is, whatever follows. */
  readonly text = randomBytes(18).toString('base64url');
  readonly #base64 = Buffer.from(this.text).toString('base64');

  /** Whether the text, or what base64 makes of it at the beginning of a value, stands in an answer. */
  isIn(answer: string): boolean {
    return answer.includes(this.text) || answer.includes(this.#base64);
  }
}

/** What a hostile tenant has achieved; there should be nothing. */
export class Findings {
  readonly #found = new Map<string, number>();

  add(finding: string): void {
    this.#found.set(finding, (this.#found.get(finding) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** Each finding once. */
  list(): string[] {
    return [...this.#found].map(([finding, count]) => (count > 1 ? `${finding} (${count} times)` : finding));
  }
}
