import { type FlagTable, FlagValues } from '../shell/flags.ts';

/** An unfinished command line, as far as it is valid. */
export interface Scanned {
  readonly words: readonly string[];
  readonly flags: FlagValues;
  /** The flag whose value comes next. */
  readonly pending: string | undefined;
}

/** Parses the words before the completed one; unknown flags are skipped. */
export function scan(args: readonly string[], table: FlagTable): Scanned {
  const words: string[] = [];
  const flags = new FlagValues();
  let pending: string | undefined;
  let onlyWords = false;
  for (const arg of args) {
    if (pending !== undefined) {
      flags.add(pending, arg);
      pending = undefined;
    } else if (onlyWords || !arg.startsWith('-') || arg === '-') words.push(arg);
    else if (arg === '--') onlyWords = true;
    else pending = addFlag(arg, table, flags);
  }
  return { words, flags, pending };
}

/** @returns the name of the flag if its value is the next argument */
function addFlag(arg: string, table: FlagTable, flags: FlagValues): string | undefined {
  const [shown, value] = splitFlag(arg);
  const name = nameOf(shown, table);
  if (name === undefined) return undefined;
  if (value === undefined) return table[name]?.kind === 'switch' ? undefined : name;
  flags.add(name, value);
  return undefined;
}

/** @returns the flag with its dashes, and its value behind "=", if it has one */
export function splitFlag(arg: string): [shown: string, value: string | undefined] {
  const equals = arg.indexOf('=');
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

/** @returns the name without dashes of the flag that is written like this */
export function nameOf(shown: string, table: FlagTable): string | undefined {
  const found = Object.entries(table).find(
    ([long, { short }]) =>
      shown === `--${long}` || shown === `-${short}` || (long.length === 1 && shown === `-${long}`),
  );
  return found?.[0];
}
