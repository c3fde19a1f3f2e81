/**
 * Command lines in kubectl's style: flags anywhere, as `--flag value` or `--flag=value`, switches without
 * a value, `--` before words that only look like flags.
 */
import { UsageError } from './failure.ts';

/** What a flag takes: `switch` nothing (or `=true|false`), `boolean` always true or false, `string` a word. */
type FlagKind = 'switch' | 'boolean' | 'string' | 'strings';

/** A flag; `short` is a one-letter name, `words` are what a switch takes beside true and false, with what they mean. */
interface FlagSpec {
  readonly kind: FlagKind;
  readonly short?: string;
  readonly words?: Readonly<Record<string, 'true' | 'false'>>;
}

/** Flags by name without dashes. */
export interface FlagTable {
  readonly [name: string]: FlagSpec;
}

/** A parsed command line. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly flags: FlagValues;
}

/** The values of the flags that were given; the last one wins, except for kind `strings`. */
export class FlagValues {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }

  /** @returns the value of a flag, or undefined when it was not given */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** @returns all values of a flag that may be repeated */
  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** @returns the value of a switch or boolean, or `fallback` when it was not given */
  flag(name: string, fallback = false): boolean {
    const value = this.text(name);
    return value === undefined ? fallback : value === 'true';
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}

/** True and false as Go's flag library reads them, which kubectl uses. */
const TRUE = new Set(['true', 'True', 'TRUE', 't', 'T', '1']);
const FALSE = new Set(['false', 'False', 'FALSE', 'f', 'F', '0']);

/**
 * Parses a command line.
 * @throws UsageError for unknown flags, missing values, and values that are neither true nor false
 */
export function parseCommandLine(args: readonly string[], table: FlagTable): CommandLine {
  const words: string[] = [];
  const flags = new FlagValues();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') words.push(...rest.splice(0));
    else if (arg.startsWith('-') && arg !== '-') parseFlag(arg, rest, table, flags);
    else words.push(arg);
  }
  return { words, flags };
}

/**
 * Removes the flags of `table` from a command line; all else remains, in its order, as words.
 * @throws UsageError for missing values, and values that are neither true nor false
 */
export function separateFlags(args: readonly string[], table: FlagTable): CommandLine {
  const words: string[] = [];
  const flags = new FlagValues();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (/^--context(=|$)/.test(arg) || (arg.startsWith('-') && isKnown(arg, table)))
      parseFlag(arg, rest, table, flags);
    else words.push(arg);
  }
  return { words, flags };
}

function isKnown(arg: string, table: FlagTable): boolean {
  const shown = arg.split('=', 1)[0] ?? '';
  return Object.entries(table).some(
    ([long, { short }]) => shown === `--${long}` || shown === `-${short ?? long}`,
  );
}

function parseFlag(arg: string, rest: string[], table: FlagTable, flags: FlagValues): void {
  const equals = arg.indexOf('=');
  const shown = equals < 0 ? arg : arg.slice(0, equals);
  const given = equals < 0 ? undefined : arg.slice(equals + 1);
  const [name, { kind, words }] = findFlag(shown, table);
  const value = given ?? (kind === 'switch' ? 'true' : rest.shift());
  if (value === undefined) throw new UsageError(`missing value of the flag ${shown}`);
  flags.add(name, kind === 'switch' || kind === 'boolean' ? truth(shown, value, words) : value);
}

function findFlag(shown: string, table: FlagTable): [string, FlagSpec] {
  if (shown === '--context') throw new UsageError('--context flag not supported');
  const name = shown.replace(/^--?/, '');
  for (const [long, spec] of Object.entries(table)) {
    const isLong = name === long && (shown.startsWith('--') || long.length === 1);
    if (isLong || shown === `-${spec.short}`) return [long, spec];
  }
  throw new UsageError(`unknown flag ${shown}`);
}

function truth(shown: string, value: string, words: FlagSpec['words'] = {}): string {
  if (TRUE.has(value)) return 'true';
  if (FALSE.has(value)) return 'false';
  const meaning = Object.hasOwn(words, value) ? words[value] : undefined;
  if (meaning) return meaning;
  const more = Object.keys(words).map((word) => `, or ${word}`);
  throw new UsageError(`${shown} takes true or false${more.join('')}, not "${value}"`);
}
