/** Characters that mean nothing to a shell, nor to its word splitting and globbing. */
const PLAIN = /^[\w/.,:@%+=-]*$/;

/**
 * Quotes a word for bash. Beyond what quotes do, the text survives being word-split and globbed before it is
 * evaluated, which `eval pieces=($(command))` does: spaces, quotes and the like become octal escapes.
 */
export function quoteForEval(word: string): string {
  if (PLAIN.test(word)) return `'${word}'`;
  const escaped = word.replace(/[^\w/.,:@%+=\-\u0080-\u{10ffff}]/gu, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `$'${escaped}'`;
}
