/**
 * Orders texts as `<` does: the same on every machine, and quicker than by a locale. For names in Kubernetes, which are
 * ASCII, that is the order of their bytes.
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
