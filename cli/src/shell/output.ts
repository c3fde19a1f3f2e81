/** What a command has done, or in a dry run would do, to an object. */
export interface Change {
  readonly action: 'created' | 'configured' | 'labeled' | 'deleted' | 'approved';
  /** Path of the workspace that the object is in. */
  readonly workspace: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * Where a command's text is printed: results, which scripts read, to stdout; remarks for people to stderr.
 * `-s` of prep-for-syncer silences remarks.
 */
export interface Output {
  result(line: string): void;
  remark(line: string): void;
  /** Records a change for the report of --output json; prints nothing. */
  record(change: Change): void;
}

/** @returns the output of this process */
export function processOutput(): Output {
  return {
    result: (line) => void process.stdout.write(`${line}\n`),
    remark: (line) => void process.stderr.write(`${line}\n`),
    record: () => undefined,
  };
}

/** Prints nothing. */
export const NO_OUTPUT: Output = {
  result: () => undefined,
  remark: () => undefined,
  record: () => undefined,
};

/** For steps whose lines are not printed, but whose changes count. */
export function silenced(output: Output): Output {
  return { ...NO_OUTPUT, record: output.record };
}
