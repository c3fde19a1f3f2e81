/** `npm run bench`: measures this clone on real servers; see docs/performance.md. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsedLog, startLocal, stopLocal } from '@kubestellar/local';
import { runProgram } from '@kubestellar/process';
import { type BenchArguments, parseArguments, USAGE } from './arguments.ts';
import { formatResult, type Result } from './result.ts';
import { commands } from './scenarios/commands.ts';
import { deploy } from './scenarios/deploy.ts';
import { fanout } from './scenarios/fanout.ts';
import { idle } from './scenarios/idle.ts';
import { memory } from './scenarios/memory.ts';
import { oneChange } from './scenarios/one-change.ts';
import { refusals } from './scenarios/refusals.ts';
import { scale } from './scenarios/scale.ts';
import { type Bench, closeBench, connectBench } from './setup.ts';

const log = elapsedLog((line) => console.error(line));
await runProgram({
  usage: USAGE,
  failures: [Error],
  whenInterrupted: 'interrupted',
  async main(args, signal) {
    const given = parseArguments(args);
    if (given.help) process.stdout.write(USAGE);
    else await measure(given, signal);
  },
});

async function measure(given: BenchArguments, signal: AbortSignal): Promise<void> {
  if (given.scenario === 'deploy') {
    report(await deploy(given, log, signal), given);
    return;
  }
  const own = process.env.KUBESTELLAR_HOME;
  const home = own || mkdtempSync(join(tmpdir(), 'kubestellar-bench-'));
  try {
    const setup = await startLocal({ home, wecs: given.wecs, log, signal });
    const bench = await connectBench(setup, log, signal);
    const result = await measureThenClose(bench, given);
    report(result, given);
  } finally {
    // An interruption must not leave servers behind.
    const stop = new AbortController().signal;
    if (!given.keep) await stopLocal({ home, purge: !own, log, signal: stop });
  }
}

function report(result: Result, { json, strict }: BenchArguments): void {
  console.log(json ? JSON.stringify(result, null, 2) : formatResult(result));
  const failed = result.invalid.length > 0 || (strict && result.aims.some(({ met }) => !met));
  if (failed) process.exitCode ||= 1;
  for (const reason of result.invalid) console.error(`not valid: ${reason}`);
}

async function measureThenClose(bench: Bench, given: BenchArguments): Promise<Result> {
  try {
    return await run(bench, given);
  } finally {
    await closeBench(bench);
  }
}

function run(bench: Bench, { scenario, objects, rounds }: BenchArguments): Promise<Result> {
  if (scenario === 'fanout') return fanout(bench, objects, rounds);
  if (scenario === 'scale') return scale(bench, objects, rounds);
  if (scenario === 'idle') return idle(bench, objects);
  if (scenario === 'memory') return memory(bench, objects);
  if (scenario === 'refusals') return refusals(bench, objects, rounds);
  if (scenario === 'commands') return commands(bench, rounds);
  return oneChange(bench, objects, rounds);
}
