import type { FileResult } from './judge.ts';

/** Adds up results and prints them at the end of the run. */
export class Summary {
  private passed = 0;
  private readonly skips: string[] = [];
  private readonly failures: string[] = [];

  /** How many tests and checks failed so far. */
  get failed(): number {
    return this.failures.length;
  }

  /** Adds the results of test files. */
  add(results: FileResult[]): void {
    for (const { file, passed, failures, skipped } of results) {
      this.passed += passed;
      for (const { name, reason } of skipped) this.skips.push(`${file} › ${name}: ${reason}`);
      for (const { name, message } of failures) this.addFailure(`${file} › ${name}`, message);
    }
  }

  /** Adds one failure that is no test's. */
  addFailure(name: string, message: string): void {
    this.failures.push(`${name}\n${message.replace(/^/gm, '    ')}`);
  }

  /** Prints what was skipped and what failed, and the closing line. */
  print(): void {
    if (this.skips.length > 0) console.log(`\nSkipped:\n${this.skips.map((line) => `  ${line}`).join('\n')}`);
    if (this.failures.length > 0) {
      console.log(`\nFailed:\n${this.failures.map((text) => text.replace(/^/gm, '  ')).join('\n')}`);
    }
    console.log(`\n${this.passed} passed, ${this.failures.length} failed, ${this.skips.length} skipped`);
  }
}
