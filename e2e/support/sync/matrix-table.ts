/** Results of the matrix kind class × operation × direction, to be printed. */
export class Matrix {
  readonly #rows = new Map<string, Map<string, string>>();
  readonly #columns = new Set<string>();

  /** Notes how a cell came out, or why there is none. */
  set(kind: string, operation: string, direction: string, result: string): void {
    const column = `${direction}: ${operation}`;
    this.#columns.add(column);
    const row = this.#rows.get(kind) ?? new Map<string, string>();
    this.#rows.set(kind, row.set(column, result));
  }

  /** @returns a table with a letter for each column, its legend, and the reasons for empty cells */
  format(): string {
    const columns = [...this.#columns];
    const letters = columns.map((_, at) => String.fromCharCode(65 + at));
    const width = Math.max(...[...this.#rows.keys()].map((kind) => kind.length));
    const reasons = new Set<string>();
    const cell = (result: string | undefined) => {
      if (result === 'ok') return 'ok  ';
      if (result === 'FAILED') return 'FAIL';
      if (result) reasons.add(result);
      return result ? `-${[...reasons].indexOf(result) + 1}  ` : '?   ';
    };
    const rows = [...this.#rows].map(
      ([kind, row]) => `${kind.padEnd(width)}  ${columns.map((column) => cell(row.get(column))).join(' ')}`,
    );
    return [
      '',
      `${''.padEnd(width)}  ${letters.map((letter) => letter.padEnd(4)).join(' ')}`,
      ...rows,
      ...columns.map((column, at) => `  ${letters[at]}: ${column}`),
      ...[...reasons].map((reason, at) => `  -${at + 1}: does not apply: ${reason}`),
      '',
    ].join('\n');
  }
}
