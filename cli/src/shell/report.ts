/** What commands that change objects have in common: --dry-run, and the report of --output json. */
import { UsageError } from './failure.ts';
import type { FlagTable, FlagValues } from './flags.ts';
import { type Change, type Output, silenced } from './output.ts';

/** Results for scripts beside the changes, such as the name of a written file. */
export type ReportFields = Readonly<Record<string, string>>;

/** Their flags. A command with a -o of its own takes the second one in the long form only. */
export const DRY_RUN_FLAG: FlagTable = {
  // kubectl's words for it.
  'dry-run': { kind: 'switch', words: { none: 'false', client: 'true' } },
};
export const OUTPUT_FLAG: FlagTable = { output: { kind: 'string', short: 'o' } };

/** Their explanation. */
export const DRY_RUN_OPTION = '--dry-run: print what would be done, and change nothing';
export const OUTPUT_OPTION = '-o, --output json: print one object for scripts, instead of lines';

/** @returns whether a command is to print JSON. @throws UsageError when it is to print something else */
export function wantsJson(flags: FlagValues): boolean {
  const form = flags.text('output');
  if (form === undefined || form === 'json') return form === 'json';
  throw new UsageError(`--output takes json, not "${form}"`);
}

/**
 * Runs a command that changes objects, with the output that its flags choose.
 * @param work gets the output; returns the results for the report
 * @throws UsageError for invalid flags
 */
export async function reported(
  flags: FlagValues,
  output: Output,
  work: (output: Output) => Promise<ReportFields>,
): Promise<void> {
  const dryRun = flags.flag('dry-run');
  const shown = dryRun ? marked(output) : output;
  if (!wantsJson(flags)) {
    await work(shown);
    return;
  }
  const changes: Change[] = [];
  const record = (change: Change) => void changes.push(change);
  const fields = await work({ ...silenced(output), remark: shown.remark, record });
  output.result(JSON.stringify({ dryRun, ...fields, changes }));
}

/** kubectl marks its lines so. */
function marked(output: Output): Output {
  const mark = (text: string) => text.replaceAll(/[^\n]+/g, '$& (dry run)');
  return {
    ...output,
    result: (line) => output.result(mark(line)),
    remark: (line) => output.remark(mark(line)),
  };
}
