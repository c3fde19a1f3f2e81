import { complete, DIRECTIVE, toProtocol } from './complete.ts';
import type { Asking } from './hidden-words.ts';

/** @returns the text for the shell; after an error there are just no candidates */
export async function answerTo(
  executable: string,
  asking: Asking,
  typed: readonly string[],
): Promise<string> {
  try {
    const { lookUp } = await import('./look-up.ts');
    return toProtocol(await complete(executable, typed, lookUp), asking === '__complete');
  } catch {
    return toProtocol({ candidates: [], directive: DIRECTIVE.error | DIRECTIVE.noFiles }, false);
  }
}
