/** A problem that the user can solve: its message is printed without a stack trace. */
export class Problem extends Error {
  /** @param {string} message What failed and what to do. */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints a line about what is going on; stdout belongs to the task. */
export function say(message) {
  process.stderr.write(`${message}\n`);
}
