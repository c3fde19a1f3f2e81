/**
 * Takes the validations out of the commands, and turns the conditions of what decides about copies, one at a time, and
 * runs the unit tests that concern the module until one fails. Ends with the line "N noticed, N missed, N exempt"; exit
 * code 1 when no test fails without some validation or with some condition turned, or one fails as it is.
 * Usage: node dev/scripts/mutate.ts [part of a module's path...]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { repositoryFiles } from './lint/files.ts';
import { conditionsIn } from './mutate/conditions.ts';
import { Imports } from './mutate/imports.ts';
import { EXEMPT, isDecider, isValidator } from './mutate/list.ts';
import { passes } from './mutate/run.ts';
import type { Mutant } from './mutate/syntax.ts';
import { validationsIn } from './mutate/validations.ts';
import { findTests } from './test/discover.ts';

interface Task {
  readonly module: string;
  readonly mutant: Mutant;
  /** The removed text, and what stands there instead, for people. */
  readonly text: string;
  /** The tests that lead to the module; those that lead to the least come first. */
  readonly tests: readonly string[];
}

const { positionals } = parseArgs({ allowPositionals: true });
const started = Date.now();
const tasks = await plan(positionals);
const missed: string[] = [];
let noticed = 0;
let exempt = 0;
await forEach([...new Set(tasks.flatMap(({ tests }) => tests))], async (test) => {
  if (!(await passes(test))) throw new Error(`${test} fails as it is; mend that first`);
});
await forEach(tasks, tryWithout);
if (missed.length > 0) console.log(`\nNo test fails with:\n${missed.sort().join('\n')}`);
console.log(`\n${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${noticed} noticed, ${missed.length} missed, ${exempt} exempt`);
process.exitCode = missed.length === 0 && noticed > 0 ? 0 : 1;

async function plan(parts: readonly string[]): Promise<Task[]> {
  const imports = new Imports();
  const tests = await Promise.all(
    (await findTests('unit', [])).map(async (test) => ({
      test,
      modules: await imports.closureOf(test),
    })),
  );
  tests.sort((a, b) => a.modules.size - b.modules.size);
  const wanted = (path: string) => parts.length === 0 || parts.some((part) => path.includes(part));
  return (await repositoryFiles())
    .filter(({ path }) => wanted(path))
    .flatMap(({ path, content }) => {
      const mutants = isValidator(path)
        ? validationsIn(path, content)
        : isDecider(path)
          ? conditionsIn(path, content)
          : [];
      return mutants.map((mutant) => ({
        module: path,
        mutant,
        text: `${content.slice(mutant.start, mutant.end).replaceAll(/\s+/g, ' ')} → ${mutant.replacement || 'nothing'}`,
        tests: tests.filter(({ modules }) => modules.has(path)).map(({ test }) => test),
      }));
    });
}

async function tryWithout(task: Task): Promise<void> {
  const { module, mutant, text } = task;
  const what = `${module}:${mutant.line}: ${text}`;
  const [, , reason] = EXEMPT.find(([path, pattern]) => path === module && pattern.test(text)) ?? [];
  const test = reason === undefined ? await firstToFail(task) : undefined;
  if (reason !== undefined) exempt += 1;
  else if (test === undefined) missed.push(`  ${what}`);
  else noticed += 1;
  const found = reason === undefined ? (test ?? 'MISSED') : `exempt: ${reason}`;
  console.log(`${what} (${found})`);
}

/** @returns the first test that notices, if any does */
async function firstToFail({ module, mutant, tests }: Task): Promise<string | undefined> {
  for (const test of tests) if (!(await passes(test, { module, mutant }))) return test;
  return undefined;
}

/** Does something for each, as many at a time as there are cores. */
async function forEach<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const worker = async () => {
    for (let each = queue.shift(); each !== undefined; each = queue.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
