import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { whyToBuild } from './freshness.mjs';
import { installPackages, whyToInstall } from './install.mjs';
import { withLock } from './lock.mjs';
import { root } from './paths.mjs';
import { Problem, say } from './problem.mjs';
import { exitCodeOf, runForeground } from './run.mjs';
import { findRuntime } from './runtime.mjs';

/** Every task: what must be there before it runs, and the program that does it. */
const tasks = {
  build: { needs: ['packages'], program: ['dev/scripts/build.ts'] },
  lint: { needs: ['packages'], program: ['dev/scripts/lint.ts'] },
  test: { needs: ['packages', 'build'], program: ['dev/scripts/test.ts'] },
  e2e: { needs: ['packages', 'build'], program: ['dev/scripts/test.ts', '--only', 'e2e'] },
  start: { needs: ['packages', 'build'], program: ['dist/local.js', 'start'] },
  stop: { needs: ['packages', 'build'], program: ['dist/local.js', 'stop'] },
  images: { needs: ['packages', 'build'], program: ['images/src/main.ts'] },
  release: { needs: ['packages', 'build'], program: ['release/src/main.ts'] },
  mutate: { needs: ['packages', 'build'], program: ['dev/scripts/mutate.ts'] },
  bench: { needs: ['packages', 'build'], program: ['dev/bench/src/main.ts'] },
};

/**
 * Runs the task that `args` names: installs packages, builds and hands over to the task's program as needed.
 * Ends the process with the program's exit code, 1 when the surroundings don't fit, 2 on wrong usage.
 */
export async function main(args) {
  const [name, ...rest] = args;
  const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
  if (task === undefined) {
    say(`Usage: node dev/scripts/task.mjs ${Object.keys(tasks).join('|')} [argument...]`);
    process.exitCode = 2;
    return;
  }
  try {
    if (name === 'stop' && nothingWasStarted()) {
      console.log('Nothing to stop: nothing was started from this clone.');
      return;
    }
    // `stop` ends what an earlier build started; it must not depend on a new one.
    const needs =
      name === 'stop' && existsSync(join(root, 'dist/local.js')) && findRuntime() ? [] : task.needs;
    await prepare(name, needs);
    const run = () => runNode([...task.program, ...rest]);
    const { code } = name === 'build' ? await withLock('npm run build', run) : await run();
    process.exitCode = code;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
    // Whoever reads the closing line must find one.
    if (name === 'test' || name === 'e2e') console.log('\n0 passed, 1 failed, 0 skipped');
  }
}

function nothingWasStarted() {
  const state = process.env.KUBESTELLAR_HOME || join(root, '.kubestellar');
  return !existsSync(state);
}

async function prepare(name, needs) {
  const install = () => (needs.includes('packages') ? whyToInstall() : undefined);
  const rebuild = () => (needs.includes('build') ? whyToBuild() : undefined);
  if (install() === undefined && rebuild() === undefined) return;
  await withLock(
    `npm ${['lint', 'build', 'bench', 'images', 'release', 'e2e'].includes(name) ? `run ${name}` : name}`,
    async () => {
      // Asked again: another process may have done it while we waited for the lock.
      const packages = install();
      if (packages !== undefined) await installPackages(packages);
      const sources = rebuild();
      if (sources !== undefined) await build(sources);
    },
  );
}

async function build(reason) {
  say(`Building the programs (${reason}) ...`);
  const { code, interruptedBy } = await runNode(['dev/scripts/build.ts']);
  if (interruptedBy !== undefined) {
    throw new Problem(
      'Interrupted while building. Run the command again to continue.',
      exitCodeOf(interruptedBy),
    );
  }
  if (code !== 0) throw new Problem('The build failed; its messages are above.', code);
}

function runNode(args) {
  const runtime = findRuntime();
  if (runtime === undefined) {
    throw new Problem(
      `KubeStellar's programs run on Node 24 (or 22.19 and newer), and none was found: there is no npm package of\n` +
        `Node for ${process.platform}-${process.arch} in node_modules, and this is Node ${process.versions.node}.\n` +
        'Put a newer Node first on $PATH, or, where npm was told to omit optional packages, run: npm install --include=optional',
    );
  }
  return runForeground(runtime, ['--disable-warning=ExperimentalWarning', ...args]);
}
