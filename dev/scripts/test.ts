/**
 * Runs the repository's checks and tests and ends with the line "N passed, N failed, N skipped".
 * Usage: node dev/scripts/test.ts [--only lint|unit|e2e] [--coverage] [--record] [--repeat N]
 *          [--changed] [--base REVISION] [part of a test file's path...]
 * Without --only and paths: lint, then all unit tests with coverage, then all end-to-end tests. With --record the times
 * of the end-to-end tests are put into docs/testing.md. With --repeat the tests run so many times, and those that failed
 * some of the times are listed. With --changed only those run that the difference to the main branch, or to another
 * revision, can affect. Exit code 1 if anything failed, 2 on wrong usage.
 */
import { parseCommandLine, UsageError } from '@kubestellar/process';
import { runChecks } from './lint/checks.ts';
import { repositoryFiles } from './lint/files.ts';
import { checkTestedBeside } from './test/beside.ts';
import { changedTests } from './test/changed.ts';
import { startCoverage } from './test/coverage.ts';
import { findTests, type Group, groups } from './test/discover.ts';
import { interruptions } from './test/interrupt.ts';
import { runFiles } from './test/run.ts';
import { Summary } from './test/summary.ts';
import { recordTimes } from './test/times.ts';

const { phases, paths, withCoverage, record, repeat, changed } = parse();
const summary = new Summary();
const interrupted = interruptions();
/** How many test files the paths have picked, in all groups. */
let picked = 0;

for (const phase of phases) {
  if (interrupted.aborted) break;
  const started = Date.now();
  console.log(`\n== ${phase}`);
  try {
    if (phase === 'lint') {
      for (const check of await runChecks()) summary.addFailure(`lint: ${check}`, 'see above');
    } else {
      for (let run = 1; run <= repeat && !interrupted.aborted; run++) {
        if (repeat > 1) console.log(`-- run ${run} of ${repeat}`);
        await runGroup(phase);
      }
    }
  } catch (error) {
    // Whoever reads the closing line must find one, even if the runner itself fails.
    summary.addFailure(phase, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  console.log(`== ${phase}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
if (paths.length > 0 && picked === 0 && !interrupted.aborted)
  summary.addFailure('no test file', `nothing matches ${paths.join(' ')}`);
if (interrupted.aborted) summary.addFailure('the run was interrupted', String(interrupted.reason));
summary.print();
process.exit(summary.failed > 0 ? 1 : 0);

async function runGroup(group: Group): Promise<void> {
  const found = await findTests(group, paths);
  picked += found.length;
  const files = changed === undefined ? found : await changedTests(changed.base, found);
  if (changed) console.log(`${files.length} of ${found.length} test files can be affected`);
  const coverage = group === 'unit' && withCoverage ? await startCoverage() : undefined;
  const results = await runFiles(group, files, { signal: interrupted, env: coverage?.env ?? {} });
  summary.add(results);
  if (group === 'unit') {
    const calls = new Map(results.flatMap(({ file, calls }) => (calls ? [[file, calls] as const] : [])));
    const run = { all: await findTests(group, []), calls };
    for (const finding of checkTestedBeside(await repositoryFiles(), run))
      summary.addFailure('unit tests beside their files', finding);
  }
  if (record && group === 'e2e') {
    const passed = results.filter(({ failures }) => failures.length === 0);
    await recordTimes(
      new Map(passed.map(({ file, seconds }) => [file, seconds])),
      await findTests(group, []),
    );
  }
  if (coverage !== undefined && !interrupted.aborted) console.log(await coverage.report());
  if (found.length === 0 && paths.length === 0)
    summary.addFailure(`${group}: no test file`, 'nothing matches this group');
}

interface Usage {
  phases: ('lint' | Group)[];
  paths: string[];
  withCoverage: boolean;
  record: boolean;
  repeat: number;
  /** Only what has changed since the base: undefined, everything. */
  changed: { base: string | undefined } | undefined;
}

function parse(): Usage {
  const all = ['lint', ...groups] as const;
  try {
    const { values, positionals } = parseCommandLine({
      options: {
        only: { type: 'string' },
        coverage: { type: 'boolean' },
        record: { type: 'boolean', default: false },
        repeat: { type: 'string', default: '1' },
        changed: { type: 'boolean', default: false },
        base: { type: 'string' },
      },
      allowPositionals: true,
    });
    const only = all.find((phase) => phase === values.only);
    if (values.only !== undefined && only === undefined)
      throw new UsageError(`--only takes one of ${all.join(', ')}`);
    if (!/^[1-9]\d?$/.test(values.repeat)) throw new UsageError('--repeat takes a number from 1 to 99');
    if (values.base !== undefined && !values.changed) throw new UsageError('--base belongs to --changed');
    const everything = only === undefined && positionals.length === 0;
    return {
      phases: only !== undefined ? [only] : everything ? [...all] : [...groups],
      paths: positionals,
      withCoverage: values.coverage ?? (everything && !values.changed && values.repeat === '1'),
      record: values.record,
      repeat: Number(values.repeat),
      changed: values.changed ? { base: values.base } : undefined,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    console.error(
      'Usage: npm test -- [--only lint|unit|e2e] [--coverage] [--record] [--repeat N] [--changed [--base REVISION]]\n' +
        '                   [part of a test file’s path...]',
    );
    process.exit(2);
  }
}
