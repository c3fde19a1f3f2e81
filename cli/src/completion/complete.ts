/** Completes command lines; shells request it with the hidden word `__complete`, in cobra's protocol, like kubectl. */
import { findCommand, knownCommands } from '../registry.ts';
import { type Command, flagTableOf } from '../shell/command.ts';
import type { FlagTable, FlagValues } from '../shell/flags.ts';
import { type Choice, KUBECTL_CHOICES } from './choice.ts';
import { nameOf, scan, splitFlag } from './scan.ts';

/** What the shell is to do beside showing the candidates: bits of cobra's ShellCompDirective. */
export const DIRECTIVE = { error: 1, noSpace: 2, noFiles: 4, folders: 16 } as const;

/** One possible word, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly about?: string | undefined;
}

/** All that a shell needs. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/** Looks up the values of a choice. @param begin the typed beginning of the word */
export type LookUp = (
  choice: Exclude<Choice, readonly string[] | 'nothing' | 'file' | 'folder'>,
  begin: string,
  line: { readonly words: readonly string[]; readonly flags: FlagValues },
) => Promise<readonly Candidate[]>;

const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };

/**
 * Completes the last of the words that follow an executable's name.
 * @returns only candidates that begin as the word does
 */
export async function complete(
  executable: string,
  typed: readonly string[],
  lookUp: LookUp,
): Promise<Completion> {
  const before = typed.slice(0, -1);
  const word = typed.at(-1) ?? '';
  const found = await findCommand(executable, before);
  const { candidates, directive } =
    'command' in found
      ? await completeIn(found.command, found.args, word, lookUp)
      : await commandNames(executable, before, word);
  const begin = word.startsWith('-') ? (splitFlag(word)[1] ?? word) : word;
  return { candidates: candidates.filter(({ value }) => value.startsWith(begin)), directive };
}

/** The words that may follow `kubectl kubestellar`. */
async function commandNames(
  executable: string,
  before: readonly string[],
  word: string,
): Promise<Completion> {
  if (executable !== 'kubectl-kubestellar') return NOTHING;
  if (word.startsWith('-')) {
    const flags = [{ value: '--help' }, { value: '--version', about: 'print the release' }];
    return { candidates: before.length === 0 ? flags : [], directive: DIRECTIVE.noFiles };
  }
  const names = knownCommands().plugin.map((name) => name.split(' '));
  const fitting = names.filter((parts) => before.every((each, index) => parts[index] === each));
  const nexts = [...new Set(fitting.flatMap((parts) => parts[before.length] ?? []))];
  const candidates = await Promise.all(
    nexts.map(async (value) => {
      const named = await findCommand(executable, [...before, value]);
      return { value, about: 'command' in named ? firstLine(named.command.summary) : undefined };
    }),
  );
  return { candidates, directive: DIRECTIVE.noFiles };
}

async function completeIn(command: Command, args: readonly string[], word: string, lookUp: LookUp) {
  const table = flagTableOf(command);
  const line = scan(args, table);
  if (line.pending !== undefined)
    return resolve(choiceOfFlag(command, line.pending, table), word, line, lookUp);
  if (word.startsWith('-')) {
    const [shown, begin] = splitFlag(word);
    const name = begin === undefined ? undefined : nameOf(shown, table);
    if (begin === undefined) return { candidates: flagsOf(command, table), directive: DIRECTIVE.noFiles };
    return name === undefined ? NOTHING : resolve(choiceOfFlag(command, name, table), begin, line, lookUp);
  }
  const { words = [], rest = 'nothing' } = command.completion ?? {};
  return resolve(words[line.words.length] ?? rest, word, line, lookUp);
}

function choiceOfFlag(command: Command, name: string, table: FlagTable): Choice {
  const kind = table[name]?.kind;
  if (kind === 'boolean' || kind === 'switch') return ['true', 'false'];
  return command.completion?.flags?.[name] ?? KUBECTL_CHOICES[name] ?? 'nothing';
}

async function resolve(
  choice: Choice,
  begin: string,
  line: Parameters<LookUp>[2],
  lookUp: LookUp,
): Promise<Completion> {
  if (choice === 'nothing') return NOTHING;
  if (choice === 'file') return { candidates: [], directive: 0 };
  if (choice === 'folder') return { candidates: [], directive: DIRECTIVE.folders };
  if (typeof choice !== 'string')
    return { candidates: choice.map((value) => ({ value })), directive: DIRECTIVE.noFiles };
  const more = choice === 'label' || choice === 'workspaces' ? DIRECTIVE.noSpace : 0;
  return { candidates: await lookUp(choice, begin, line), directive: DIRECTIVE.noFiles | more };
}

/** Each flag in its long form, or in its only one. */
function flagsOf(command: Command, table: FlagTable): Candidate[] {
  return Object.keys(table).map((name) => {
    const value = name.length === 1 ? `-${name}` : `--${name}`;
    const option = command.options.find((text) => text.split(/[\s:,]+/).includes(value));
    return { value, about: option?.replace(/^[^:]*: /, '') };
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** @returns the response to the shell: a line for each candidate, then the directive */
export function toProtocol({ candidates, directive }: Completion, withAbout: boolean): string {
  const lines = candidates.map(({ value, about }) => (about && withAbout ? `${value}\t${about}` : value));
  return [...lines, `:${directive}`, ''].join('\n');
}
