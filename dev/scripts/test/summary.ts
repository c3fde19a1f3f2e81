import type { FileResult } from './judge.ts';

/** Adds up results and prints them at the end of the run. */
export class Summary {
  private passed = 0;
  private readonly skips: string[] = [];
  private readonly failures: string[] = [];
  /** By file, how often it has run; by test, how often it has failed. */
  private readonly runs = new Map<string, number>();
  private readonly failedTests = new Map<string, { file: string; count: number }>();

  /** How many tests and checks failed so far. */
  get failed(): number {
    return this.failures.length;
  }

  /** Adds the results of test files. */
  add(results: FileResult[]): void {
    for (const { file, passed, failures, skipped } of results) {
      this.passed += passed;
      this.runs.set(file, (this.runs.get(file) ?? 0) + 1);
      for (const name of new Set(failures.map((failure) => `${file} › ${failure.name}`)))
        this.failedTests.set(name, { file, count: (this.failedTests.get(name)?.count ?? 0) + 1 });
      for (const { name, reason } of skipped) this.skips.push(`${file} › ${name}: ${reason}`);
      for (const { name, message } of failures) this.addFailure(`${file} › ${name}`, message);
    }
  }

  /** Adds one failure that is no test's. */
  addFailure(name: string, message: string): void {
    this.failures.push(`${name}\n${message.replace(/^/gm, '    ')}`);
  }

  /** The tests that have failed in some of their runs and not in others, with how often. */
  get flaky(): string[] {
    return [...this.failedTests].flatMap(([name, { file, count }]) => {
      const runs = this.runs.get(file) ?? count;
      return count < runs ? [`${name}: ${count} of ${runs} runs`] : [];
    });
  }

  /** Prints what was skipped and what failed, and the closing line. */
  print(): void {
    if (this.skips.length > 0) console.log(`\nSkipped:\n${this.skips.map((line) => `  ${line}`).join('\n')}`);
    if (this.failures.length > 0) {
      console.log(`\nFailed:\n${this.failures.map((text) => text.replace(/^/gm, '  ')).join('\n')}`);
    }
    if (this.flaky.length > 0)
      console.log(`\nFailed in some of the runs:\n${this.flaky.map((line) => `  ${line}`).join('\n')}`);
    console.log(`\n${this.passed} passed, ${this.failures.length} failed, ${this.skips.length} skipped`);
  }
}
