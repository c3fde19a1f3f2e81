/** The values of a table: from CEL into the form in which a CombinedStatus holds them. */
import type { ColumnValue } from '@kubestellar/api';
import { ExpressionError } from './expression.ts';

/** A text, or the JSON of an object or array, may be so long. */
const MAX_LENGTH = 1000;

/** @throws ExpressionError for a value that is too large */
export function columnValue(value: unknown): ColumnValue {
  if (value === null || value === undefined) return { type: 'Null' };
  switch (typeof value) {
    case 'string':
      return { type: 'String', string: bounded(value) };
    case 'boolean':
      return { type: 'Bool', bool: value };
    case 'bigint':
    case 'number':
      return { type: 'Number', number: String(value) };
  }
  if (value instanceof Date) return { type: 'String', string: value.toISOString() };
  const json = jsonOf(value);
  if (Array.isArray(json)) return { type: 'Array', array: withinBounds(json) };
  if (typeof json === 'object' && json !== null)
    return { type: 'Object', object: withinBounds(json) as never };
  return { type: 'String', string: bounded(String(json)) };
}

/** @returns the number for aggregation @throws ExpressionError for anything else */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new ExpressionError(`the subject is not a number but ${value === null ? 'null' : typeof value}`);
}

/** @returns a number as a table tells it: without what binary fractions add */
export function tellNumber(value: number): ColumnValue {
  return { type: 'Number', number: String(Number(value.toPrecision(15))) };
}

function bounded(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function withinBounds<T extends object>(value: T): T {
  if (JSON.stringify(value).length > MAX_LENGTH)
    throw new ExpressionError(`a value is longer than ${MAX_LENGTH} characters: select a part of it`);
  return value;
}

/** Plain JSON: what CEL has beyond it becomes text. */
function jsonOf(value: unknown): unknown {
  const text = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint')
      return Number.isSafeInteger(Number(member)) ? Number(member) : String(member);
    return member;
  });
  return text === undefined ? String(value) : JSON.parse(text);
}
