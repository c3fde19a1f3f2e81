/** A command that could not do its work: the message is for the person, the code for the script. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A command line that makes no sense: exit code 2, and the usage is shown. */
export class UsageError extends CommandFailure {
  constructor(message: string) {
    super(message, 2);
  }
}

/** The exit codes of the reference's commands that tell more than 1 (failed) and 2 (wrong usage). */
export const EXIT = { notCreated: 3, notLabeled: 4, noMailbox: 5 } as const;
