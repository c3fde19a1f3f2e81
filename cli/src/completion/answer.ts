import type { Asking } from './asking.ts';
import { complete, DIRECTIVE, toProtocol } from './complete.ts';

/** @returns the text for the shell; whatever goes wrong, it is only told that there is nothing to offer */
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
