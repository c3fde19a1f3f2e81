import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../root.ts';
import { checkBoundaries } from './boundaries.ts';
import { checkCitations } from './citations.ts';
import { checkReferenceCoverage } from './coverage.ts';
import { repositoryFiles } from './files.ts';
import { checkGlossary } from './glossary.ts';
import { checkPaths } from './paths.ts';
import { checkPlaces } from './places.ts';
import { checkRules } from './rules.ts';
import { checkSecurity } from './security.ts';
import { checkTimes } from './times.ts';
import { checkWords } from './words.ts';

/** What a check found; empty when all is well. */
type Check = () => Promise<string>;

const checks: Record<string, Check> = {
  'format and rules': () => tool('biome', 'check', '--error-on-warnings', '--max-diagnostics=100'),
  types: () => tool('tsc', '-p', '.', '--pretty', 'false'),
  'unused code': () => tool('knip', '--no-progress'),
  'import boundaries': async () => checkBoundaries(await repositoryFiles()),
  'paths in texts': async () => checkPaths(await repositoryFiles()),
  'places of tests': async () => checkPlaces(await repositoryFiles()),
  'coverage of the reference': async () => checkReferenceCoverage(await repositoryFiles()),
  'coverage of the rules': async () => checkRules(await repositoryFiles()),
  'tests of docs/security.md and decisions': async () => checkSecurity(await repositoryFiles()),
  'times of all suites': async () => checkTimes(await repositoryFiles()),
  'forbidden words': async () => checkWords(await repositoryFiles()),
  'citations in comments': async () => checkCitations(await repositoryFiles()),
  glossary: async () => checkGlossary(await repositoryFiles()),
};

/** Runs all checks, prints their results and returns the names of those that failed. */
export async function runChecks(): Promise<string[]> {
  const failed: string[] = [];
  await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const started = Date.now();
      const findings = await check().catch((error: unknown) => `the check itself failed: ${error}`);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      if (findings !== '') failed.push(name);
      console.log(
        `${findings === '' ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${findings && `\n${findings}`}`,
      );
    }),
  );
  return failed;
}

/** Runs a tool of node_modules in the root; returns its output if it fails. */
async function tool(name: string, ...args: string[]): Promise<string> {
  const child = spawn(join(root, 'node_modules', '.bin', name), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The tools' own scripts start with "env node": give them the Node that runs this.
    env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH ?? ''}` },
  });
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return code === 0 ? '' : `${out}${err}`.trim() || `${name} ended with ${code ?? signal} and no message`;
}
