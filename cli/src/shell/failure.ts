/** A command that failed: the message is for the user, the code for the script. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An invalid command line: exit code 2, and the usage is printed. */
export class UsageError extends CommandFailure {
  /** The message is a line of the reference, without the command's name before it. */
  readonly verbatim: boolean;

  constructor(message: string, options: { readonly verbatim?: boolean } = {}) {
    super(message, 2);
    this.verbatim = options.verbatim ?? false;
  }
}

/** The exit codes of the reference's commands beside 1 (failed) and 2 (wrong usage). */
export const EXIT = { notCreated: 3, notLabeled: 4, noMailbox: 5, noContext: 10 } as const;
