/** The texts of a source file that people read: comments, strings, prose, and the names in the code. */
import { parseSync, Visitor } from 'oxc-parser';
import type { SourceFile } from './files.ts';

/** One line of text; `line` counts from 1. */
export interface Prose {
  readonly line: number;
  readonly text: string;
}

/** A name that code declares or uses. */
export interface Name {
  readonly line: number;
  readonly name: string;
  readonly isMethod: boolean;
}

/** One thing that a check has found. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

interface Parsed {
  readonly comments: readonly Prose[];
  readonly strings: readonly Prose[];
  readonly names: readonly Name[];
}

const parsed = new WeakMap<SourceFile, Parsed>();

/** @returns comments, titles and messages of TypeScript, and all other files as a whole except for blocks of code */
export function proseOf(file: SourceFile): Prose[] {
  if (!file.path.endsWith('.ts')) return textLines(file);
  const { comments, strings } = parse(file);
  return [...comments, ...strings];
}

/** @returns the comments of TypeScript, and the prose of all other files */
export function commentsOf(file: SourceFile): readonly Prose[] {
  return file.path.endsWith('.ts') ? parse(file).comments : textLines(file);
}

/** @returns the names in the code of TypeScript; none for other files */
export function identifiersOf(file: SourceFile): readonly Name[] {
  return file.path.endsWith('.ts') ? parse(file).names : [];
}

function textLines({ content }: SourceFile): Prose[] {
  let isCode = false;
  return content.split('\n').flatMap((text, index) => {
    if (text.startsWith('```')) isCode = !isCode;
    return isCode ? [] : [{ line: index + 1, text }];
  });
}

function parse(file: SourceFile): Parsed {
  const known = parsed.get(file);
  if (known) return known;
  const { program, comments, errors } = parseSync(file.path, file.content);
  if (errors[0]) throw new Error(`${file.path}: ${errors[0].message}`);
  const lineAt = lineCounter(file.content);
  const strings: Prose[] = [];
  const names: Name[] = [];
  const text = (at: number, value: string) => strings.push(...linesFrom(lineAt(at), value));
  const name = (node: { start: number; name: string }, isMethod = false) =>
    names.push({ line: lineAt(node.start), name: node.name, isMethod });
  const method = ({ type, start, end }: { type: string; start: number; end: number }) => {
    if (type === 'Identifier' || type === 'PrivateIdentifier')
      name({ start, name: file.content.slice(start, end) }, true);
  };
  new Visitor({
    // Paths of modules and single words, such as keys and flags, are no prose.
    Literal: ({ start, value }) => typeof value === 'string' && / /.test(value) && text(start, value),
    TemplateElement: ({ start, value }) => / /.test(value.raw) && text(start, value.raw),
    Identifier: (node) => name(node),
    PrivateIdentifier: (node) => name(node),
    MethodDefinition: ({ key }) => method(key),
    TSMethodSignature: ({ key }) => method(key),
    Property: ({ key, method: isMethod }) => isMethod && method(key),
  }).visit(program);
  const result = {
    comments: comments.flatMap(({ start, value }) => linesFrom(lineAt(start), value)),
    strings,
    names,
  };
  parsed.set(file, result);
  return result;
}

function linesFrom(first: number, text: string): Prose[] {
  return text.split('\n').map((line, index) => ({ line: first + index, text: line }));
}

function lineCounter(content: string): (at: number) => number {
  const starts = [0];
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) starts.push(at + 1);
  return (at) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
