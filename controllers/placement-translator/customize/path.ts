/**
 * The JSON paths of Customizers (docs/rules.md, semantics 8.3), which are older than RFC 9535 and differ from it: `.0`
 * indexes arrays, strings are those of JavaScript, and what follows `..` starts with its own dot.
 */
type Selector =
  | { kind: 'name'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'slice'; start: number; end: number | undefined; step: number }
  | { kind: 'wildcard' };

/** One step of a path: its selectors apply to the nodes so far, or also to everything below them. */
export interface Segment {
  descendant: boolean;
  selectors: Selector[];
}

/** A path that can't be read; the message tells where and why. */
export class PathError extends Error {}

const NAME = /[\p{L}_$][\p{L}\p{Nd}_$\u200c\u200d]*/uy;
const INTEGER = /\d+/y;
const SPACE = /[ \t\r\n]*/y;
const SLICE = /(\d*)[ \t]*:[ \t]*(\d*)[ \t]*(?::[ \t]*(\d*))?/y;
const SIMPLE_ESCAPES: { [character: string]: string } = {
  '0': '\0',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** @throws PathError when the text is not in the dialect */
export function parsePath(text: string): Segment[] {
  return new Parser(text).path();
}

/** @returns the same path as RFC 9535 writes it */
export function toRFC9535(segments: readonly Segment[]): string {
  const written = segments.map(
    ({ descendant, selectors }) => `${descendant ? '..' : ''}[${selectors.map(formatSelector).join(',')}]`,
  );
  return `$${written.join('')}`;
}

/** Whether the segments lead to places that the path itself tells, whatever the object holds. */
export function isDefinite(segments: readonly Segment[]): boolean {
  return segments.every(({ descendant, selectors }) => !descendant && selectors.every(isDefiniteSelector));
}

function isDefiniteSelector(selector: Selector): boolean {
  if (selector.kind === 'slice') return selector.end === selector.start + 1 && selector.step === 1;
  return selector.kind !== 'wildcard';
}

function formatSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'name':
      return JSON.stringify(selector.name);
    case 'index':
      return String(selector.index);
    case 'slice':
      return `${selector.start}:${selector.end ?? ''}:${selector.step}`;
    case 'wildcard':
      return '*';
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  path(): Segment[] {
    if (!this.#skip('$')) throw this.#unexpected('a path starts with $');
    const segments: Segment[] = [];
    while (this.#at < this.#text.length) segments.push(this.#segment());
    return segments;
  }

  #segment(): Segment {
    if (this.#skip('..')) {
      if (this.#skip('*')) return { descendant: true, selectors: [{ kind: 'wildcard' }] };
      const selectors = this.#step();
      if (!selectors) throw this.#unexpected('after ".." comes "*", ".name" or "[...]"');
      return { descendant: true, selectors };
    }
    const selectors = this.#step();
    if (!selectors) throw this.#unexpected('expected "." or "["');
    return { descendant: false, selectors };
  }

  #step(): Selector[] | undefined {
    if (this.#skip('[')) return this.#bracketed();
    if (!this.#skip('.')) return undefined;
    if (this.#skip('*')) return [{ kind: 'wildcard' }];
    const index = this.#match(INTEGER);
    if (index) return [{ kind: 'index', index: this.#integer(index[0]) }];
    const name = this.#match(NAME);
    if (name) return [{ kind: 'name', name: name[0] }];
    throw this.#unexpected('expected a name, a number or "*"; other names are written [\'like-this\']');
  }

  #bracketed(): Selector[] {
    const selectors: Selector[] = [];
    do {
      this.#match(SPACE);
      selectors.push(this.#selector());
      this.#match(SPACE);
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('expected "]"');
    const kinds = new Set(selectors.map(({ kind }) => kind));
    const mixed = kinds.size > 1 || (selectors.length > 1 && (kinds.has('slice') || kinds.has('wildcard')));
    if (mixed) throw this.#unexpected('a list holds names only, or single indices only');
    return selectors;
  }

  #selector(): Selector {
    if (this.#skip('*')) return { kind: 'wildcard' };
    for (const quote of ["'", '"']) if (this.#skip(quote)) return { kind: 'name', name: this.#string(quote) };
    const slice = this.#match(SLICE);
    if (slice) {
      const [, start, end, step] = slice;
      return {
        kind: 'slice',
        start: start ? this.#integer(start) : 0,
        end: end ? this.#integer(end) : undefined,
        step: step ? this.#integer(step) : 1,
      };
    }
    const index = this.#match(INTEGER);
    if (!index) throw this.#unexpected('expected a quoted name, a number or "*"');
    return { kind: 'index', index: this.#integer(index[0]) };
  }

  #string(quote: string): string {
    let value = '';
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#unexpected(`the string is not closed by ${quote}`);
      this.#at++;
      if (character === quote) break;
      value += character === '\\' ? this.#escape() : character;
    }
    if (/\p{Surrogate}/u.test(value)) throw this.#unexpected('the string holds half a surrogate pair');
    return value;
  }

  #escape(): string {
    const code = this.#match(/x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}/iy);
    if (code) {
      const point = Number.parseInt(code.slice(1).find((digits) => digits !== undefined) ?? '', 16);
      if (point > 0x10ffff) throw this.#unexpected('no such character');
      // Two \u escapes may make one character together.
      return code[3] === undefined ? String.fromCharCode(point) : String.fromCodePoint(point);
    }
    const [character] = this.#match(/[\s\S]/uy) ?? [];
    if (character === undefined) throw this.#unexpected('the string is not closed');
    const isOctal = /[1-9]/.test(character) || (character === '0' && /\d/.test(this.#text[this.#at] ?? ''));
    if (isOctal || character === 'x' || character === 'u') throw this.#unexpected('not an escape sequence');
    return SIMPLE_ESCAPES[character] ?? character;
  }

  #integer(digits: string): number {
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) throw this.#unexpected(`${digits} is too large`);
    return value;
  }

  #skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #unexpected(reason: string): PathError {
    return new PathError(`${reason} (at character ${this.#at + 1})`);
  }
}
