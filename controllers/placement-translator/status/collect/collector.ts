/** Makes the table that a StatusCollector describes; pure. */
import type { CollectorResult, ColumnValue, CombinedField, StatusCollectorSpec } from '@kubestellar/api';
// Not all of the client layer: this runs in the processes of evaluation, too.
import { compareText } from '@kubestellar/kube/compare-text';

import { type Expression, ExpressionError, parseExpression, type Scope } from './expression.ts';
import { columnValue, numberOf, tellNumber } from './value.ts';

type Row = ColumnValue[];
type Table = Omit<CollectorResult, 'name'>;

/** A StatusCollector whose expressions have been read. */
export interface Collector {
  /** @param clusters one scope for each cluster, in the order in which select tells them */
  collect(clusters: readonly Scope[]): Table;
}

interface Column {
  name: string;
  value: Expression;
}
interface Combined {
  name: string;
  type: CombinedField['type'];
  value: Expression;
}

const DEFAULT_LIMIT = 20;
/** Bytes that a table may take: several of them are in one object. */
const MAX_BYTES = 32_000;
const MAX_ERRORS = 5;

/** @throws ExpressionError that tells where and what is wrong */
export function compile(spec: StatusCollectorSpec): Collector {
  const { filter, select = [], groupBy = [], combinedFields = [], limit = DEFAULT_LIMIT } = spec;
  const read = (where: string, text: string): Expression => {
    try {
      return parseExpression(text);
    } catch (error) {
      throw new ExpressionError(`${where}: ${(error as Error).message}`);
    }
  };
  const columns = (field: string, list: readonly { name: string; def: string }[]): Column[] =>
    list.map(({ name, def }) => ({ name, value: read(`${field} "${name}"`, def) }));
  const passes = filter === undefined ? undefined : read('filter', filter);
  const selected = columns('select', select);
  const groups = columns('groupBy', groupBy);
  const combined = combinedFields.map(({ name, type, subject }): Combined => {
    if (type !== 'COUNT' && subject === undefined)
      throw new ExpressionError(`combinedFields "${name}": ${type} needs a subject`);
    return { name, type, value: read(`combinedFields "${name}"`, subject ?? '1') };
  });
  if (selected.length > 0 === combined.length > 0)
    throw new ExpressionError('give either select or combinedFields');
  return {
    collect(clusters) {
      const errors = new Errors();
      const names = [...selected, ...groups, ...combined].map(({ name }) => name);
      const chosen = clusters.filter((scope) => errors.catch(() => isTrue(passes, scope)) ?? false);
      if (selected.length === 0)
        return tableOf(names, combine(chosen, groups, combined, errors), 0, limit, errors);
      // Of rows that there is no room for, only the number counts.
      const rows = chosen.slice(0, limit).flatMap((scope) => {
        const row = errors.catch(() => selected.map(({ value }) => columnValue(value(scope))));
        return row ? [row] : [];
      });
      const more = Math.max(0, chosen.length - limit);
      return tableOf(names, rows, more, limit, errors);
    },
  };
}

function isTrue(passes: Expression | undefined, scope: Scope): boolean {
  const answer = passes ? passes(scope) : true;
  if (typeof answer !== 'boolean') throw new ExpressionError('the filter is neither true nor false');
  return answer;
}

/** One row for each group, in the order of the values that make it. */
function combine(
  clusters: readonly Scope[],
  groups: readonly Column[],
  combined: readonly Combined[],
  errors: Errors,
): Row[] {
  const found = new Map<string, { key: Row; sums: Sum[] }>();
  if (groups.length === 0) found.set('[]', { key: [], sums: combined.map(() => new Sum()) });
  for (const scope of clusters) {
    errors.catch(() => {
      const key = groups.map(({ value }) => columnValue(value(scope)));
      const id = JSON.stringify(key);
      // All before any is added: a cluster counts in all columns or in none.
      const numbers = combined.map(({ type, value }) => (type === 'COUNT' ? 1 : numberOf(value(scope))));
      const group = found.get(id) ?? { key, sums: combined.map(() => new Sum()) };
      found.set(id, group);
      for (const [n, number] of numbers.entries()) group.sums[n]?.add(number);
    });
  }
  return [...found.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(
      ([, { key, sums }]): Row => [
        ...key,
        ...combined.map(({ type }, n): ColumnValue => sums[n]?.tell(type) ?? { type: 'Null' }),
      ],
    );
}

/** The numbers of one column of one group. */
class Sum {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(number: number): void {
    this.#count++;
    this.#sum += number;
    this.#min = Math.min(this.#min, number);
    this.#max = Math.max(this.#max, number);
  }

  /** Of no number there is no average, least or greatest. */
  tell(type: CombinedField['type']): ColumnValue {
    if (type === 'COUNT') return tellNumber(this.#count);
    if (type === 'SUM') return tellNumber(this.#sum);
    if (this.#count === 0) return { type: 'Null' };
    return tellNumber({ AVG: this.#sum / this.#count, MIN: this.#min, MAX: this.#max }[type]);
  }
}

/** Messages with the number of clusters that they concern. */
class Errors {
  readonly #counts = new Map<string, number>();

  /** @returns what `work` returns, or undefined when an expression failed */
  catch<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#counts.set(error.message, (this.#counts.get(error.message) ?? 0) + 1);
      return undefined;
    }
  }

  told(): NonNullable<Table['errors']> {
    const sorted = [...this.#counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
    return sorted.slice(0, MAX_ERRORS).map(([message, count]) => ({ message, count }));
  }
}

/** Cut to the limit, and to a size that several tables fit into one object. */
function tableOf(
  columnNames: string[],
  rows: readonly Row[],
  more: number,
  limit: number,
  errors: Errors,
): Table {
  let bytes = 0;
  const told = rows.slice(0, limit).filter((row) => {
    bytes += JSON.stringify(row).length + 20;
    return bytes <= MAX_BYTES;
  });
  const omittedRows = more + rows.length - told.length;
  const failed = errors.told();
  return {
    columnNames,
    rows: told.map((columns) => ({ columns })),
    ...(omittedRows > 0 ? { omittedRows } : {}),
    ...(failed.length > 0 ? { errors: failed } : {}),
  };
}
