/** Scripts of bash, quoted and run by zx. */
import { $, quote } from 'zx';
import type { Finished } from './local.ts';

/** What a template of a script may hold: one word, whatever is in it, or several. */
type Words = string | number | readonly (string | number)[];

/**
 * What runs scripts: called with a template, each value of which becomes one word (those of an array one each), or with
 * a text that has no values.
 */
export interface Scripted<T> {
  (pieces: TemplateStringsArray, ...values: Words[]): Promise<T>;
  (text: string, env?: NodeJS.ProcessEnv): Promise<T>;
}

/** Makes a function that can be called in both ways. */
export function scripted<T>(run: (text: string, env: NodeJS.ProcessEnv) => Promise<T>): Scripted<T> {
  return (script: string | TemplateStringsArray, ...rest: (Words | NodeJS.ProcessEnv | undefined)[]) =>
    typeof script === 'string'
      ? run(script, (rest[0] ?? {}) as NodeJS.ProcessEnv)
      : run(textOf(script, rest as Words[]), {});
}

/** The words of a command, which has no quotes, for templates. */
export const wordsOf = (command: string): string[] => command.split(' ');

/** The text of a template. */
function textOf(pieces: TemplateStringsArray, values: readonly Words[]): string {
  const words = values.map((value) => [value].flat().map(String).map(quote).join(' '));
  return pieces.map((piece, index) => piece + (words[index] ?? '')).join('');
}

/** Runs a script by `bash -euo pipefail`. @returns how it has ended, whatever the exit code */
export async function runScript(
  text: string,
  options: { cwd: string; env: NodeJS.ProcessEnv; shell?: string },
): Promise<Finished> {
  const run = $({ ...options, nothrow: true, quiet: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { exitCode, signal, stdout, stderr } = await run([text] as unknown as TemplateStringsArray); // zx takes any list
  return { code: exitCode ?? undefined, signal: signal ?? undefined, stdout, stderr };
}

/** @returns its stdout @throws Error with its output unless it has succeeded */
export async function mustSucceed(text: string, finished: Promise<Finished>): Promise<string> {
  const { code, stdout, stderr } = await finished;
  if (code !== 0) throw new Error(`exit code ${code} of: ${text}\n${stdout}${stderr}`);
  return stdout;
}
