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
 * Where a command's text goes: results, which scripts read, to stdout; remarks for people to stderr.
 * `-s` of prep-for-syncer silences remarks.
 */
export interface Output {
  result(line: string): void;
  remark(line: string): void;
  /** Notes a change for the report that --output json asks for; prints nothing. */
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

/** Sends nothing anywhere. */
export const SILENCE: Output = {
  result: () => undefined,
  remark: () => undefined,
  record: () => undefined,
};

/** For steps whose lines the caller does not want to show, but whose changes count. */
export function silenced(output: Output): Output {
  return { ...SILENCE, record: output.record };
}
