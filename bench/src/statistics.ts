/** @returns the median; the mean of the middle two where the count is even; NaN of nothing */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** @returns the value rounded to so many decimals, for reports */
export function round(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}
