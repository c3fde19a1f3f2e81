/**
 * Runs the repository's checks and tests and ends with the line "N passed, N failed, N skipped".
 * Usage: node dev/scripts/test.ts [--only lint|unit|e2e] [--coverage] [part of a test file's path...]
 * Without --only and paths: lint, then all unit tests with coverage, then all end-to-end tests. Exit code 1 if anything
 * failed, 2 on wrong usage.
 */
import { parseArgs } from 'node:util';
import { runChecks } from './lint/checks.ts';
import { startCoverage } from './test/coverage.ts';
import { findTests, type Group, groups } from './test/discover.ts';
import { interruptions } from './test/interrupt.ts';
import { runFiles } from './test/run.ts';
import { Summary } from './test/summary.ts';

const { phases, paths, withCoverage } = parse();
const summary = new Summary();
const interrupted = interruptions();

for (const phase of phases) {
  if (interrupted.aborted) break;
  const started = Date.now();
  console.log(`\n== ${phase}`);
  try {
    if (phase === 'lint') {
      for (const check of await runChecks()) summary.addFailure(`lint: ${check}`, 'see above');
    } else {
      await runGroup(phase);
    }
  } catch (error) {
    // Whoever reads the closing line must find one, even if the runner itself fails.
    summary.addFailure(phase, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  console.log(`== ${phase}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
if (interrupted.aborted) summary.addFailure('the run was interrupted', String(interrupted.reason));
summary.print();
process.exit(summary.failed > 0 ? 1 : 0);

async function runGroup(group: Group): Promise<void> {
  const files = await findTests(group, paths);
  const coverage = group === 'unit' && withCoverage ? await startCoverage() : undefined;
  summary.add(await runFiles(group, files, { signal: interrupted, env: coverage?.env ?? {} }));
  if (coverage !== undefined && !interrupted.aborted) console.log(await coverage.report());
  if (files.length === 0 && (paths.length === 0 || phases.length === 1)) {
    summary.addFailure(`${group}: no test file`, `nothing matches ${paths.join(' ') || 'this group'}`);
  }
}

function parse(): { phases: ('lint' | Group)[]; paths: string[]; withCoverage: boolean } {
  const all = ['lint', ...groups] as const;
  try {
    const { values, positionals } = parseArgs({
      options: { only: { type: 'string' }, coverage: { type: 'boolean' } },
      allowPositionals: true,
    });
    const only = all.find((phase) => phase === values.only);
    if (values.only !== undefined && only === undefined)
      throw new Error(`--only takes one of ${all.join(', ')}`);
    const everything = only === undefined && positionals.length === 0;
    return {
      phases: only !== undefined ? [only] : everything ? [...all] : [...groups],
      paths: positionals,
      withCoverage: values.coverage ?? everything,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}`);
    console.error('Usage: npm test -- [--only lint|unit|e2e] [--coverage] [part of a test file’s path...]');
    process.exit(2);
  }
}
