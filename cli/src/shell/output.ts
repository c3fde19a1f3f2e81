/**
 * Where a command's text goes: results, which scripts read, to stdout; remarks for people to stderr.
 * `-s` of prep-for-syncer silences remarks.
 */
export interface Output {
  result(line: string): void;
  remark(line: string): void;
}

/** @returns the output of this process */
export function processOutput(): Output {
  return {
    result: (line) => void process.stdout.write(`${line}\n`),
    remark: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** Sends nothing anywhere, for steps whose lines the caller does not want to show. */
export const SILENCE: Output = { result: () => undefined, remark: () => undefined };
