/** What commands that change objects have in common: --dry-run, and the report that --output json asks for. */
import { UsageError } from './failure.ts';
import type { FlagTable, FlagValues } from './flags.ts';
import { type Change, type Output, silenced } from './output.ts';

/** What scripts want to know beside the changes, such as which file was written. */
export type Facts = Readonly<Record<string, string>>;

/** Their flags. A command with a -o of its own takes the second one in the long form only. */
export const DRY_RUN_FLAG: FlagTable = {
  // kubectl's words for it.
  'dry-run': { kind: 'switch', words: { none: 'false', client: 'true' } },
};
export const OUTPUT_FLAG: FlagTable = { output: { kind: 'string', short: 'o' } };

/** Their explanation. */
export const DRY_RUN_OPTION = '--dry-run: tell what would be done, and do nothing';
export const OUTPUT_OPTION = '-o, --output json: print one object for scripts, instead of lines';

/** @returns whether a command is to print JSON. @throws UsageError when it is to print something else */
export function wantsJson(flags: FlagValues): boolean {
  const form = flags.text('output');
  if (form === undefined || form === 'json') return form === 'json';
  throw new UsageError(`--output takes json, not "${form}"`);
}

/**
 * Runs a command that changes objects, with the output that its flags ask for.
 * @param work gets where to print to; returns the facts of the report
 * @throws UsageError when the flags make no sense
 */
export async function reported(
  flags: FlagValues,
  output: Output,
  work: (output: Output) => Promise<Facts>,
): Promise<void> {
  const dryRun = flags.flag('dry-run');
  const shown = dryRun ? marked(output) : output;
  if (!wantsJson(flags)) {
    await work(shown);
    return;
  }
  const changes: Change[] = [];
  const record = (change: Change) => void changes.push(change);
  const facts = await work({ ...silenced(output), remark: shown.remark, record });
  output.result(JSON.stringify({ dryRun, ...facts, changes }));
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
