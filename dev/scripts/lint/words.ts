import { homedir } from 'node:os';
import { basename } from 'node:path';
import { root } from '../root.ts';
import type { SourceFile } from './files.ts';

/** Package registries appear in lockfiles only where npm resolved them; no source names one. */
const REGISTRIES = ['registry', 'npmjs', 'org'].join('.');

/** Returns one line per place where a file names this machine's folders or a package registry. */
export function checkWords(files: SourceFile[], words: string[] = forbiddenWords()): string {
  return files
    .filter(({ path }) => basename(path) !== 'package-lock.json')
    .flatMap(({ path, content }) => findWords(path, content, words))
    .join('\n');
}

function forbiddenWords(): string[] {
  // A home like "/" or "/root" in a container is a word that sources may well use.
  const machine = [root, homedir()].filter((path) => path.split('/').length > 2);
  return [...machine, REGISTRIES];
}

function findWords(path: string, content: string, words: string[]): string[] {
  return content.split('\n').flatMap((line, index) => {
    const word = words.find((candidate) => line.includes(candidate));
    return word === undefined ? [] : [`${path}:${index + 1}: names "${word}"`];
  });
}
