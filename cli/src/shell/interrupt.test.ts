import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { assert, suite } from '@kubestellar/testing';

const test = suite('signals');
const MODULE = JSON.stringify(new URL('./interrupt.ts', import.meta.url).href);

/** Starts a command that says when it works. @param lines what it does then */
async function begin(...lines: string[]): Promise<{ child: ChildProcess; output: Promise<string> }> {
  const program = [
    `import { endOnSignals, tidyingUp } from ${MODULE};`,
    "const say = (line) => process.stderr.write(line + '\\n');",
    'const forever = new Promise((resolve) => setTimeout(resolve, 60_000));',
    "endOnSignals('a command');",
    ...lines,
  ].join('\n');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = text(child.stderr as NonNullable<typeof child.stderr>);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return { child, output };
}

async function endOf({ child, output }: Awaited<ReturnType<typeof begin>>): Promise<[unknown, string]> {
  const [code] = await once(child, 'exit');
  return [code, await output];
}

const LAST = 'a command: interrupted by SIGINT; what is done stays, run it again to go on\n';

test('a signal ends a command, with a line and the exit code of shells', async () => {
  const begun = await begin("console.log('works');", 'await forever;');
  begun.child.kill('SIGINT');
  assert.equal(await endOf(begun), [130, LAST]);
});

test('the clean-up is done before the end, and the outcome of the work is ignored then', async () => {
  const begun = await begin(
    'let fail;',
    'const work = new Promise((_, reject) => { fail = reject; });',
    'const tidyUp = async (signal) => {',
    "  say('tidies up after ' + signal);",
    "  fail(new Error('the work fails'));",
    '  await new Promise((resolve) => setTimeout(resolve, 50));',
    "  say('has tidied up');",
    '};',
    "await tidyingUp(tidyUp, () => { console.log('works'); return work; }).catch((error) => say(error.message));",
  );
  begun.child.kill('SIGINT');
  assert.equal(await endOf(begun), [130, `tidies up after SIGINT\nhas tidied up\n${LAST}`]);
});

test('a second signal ends a command at once', async () => {
  const begun = await begin(
    "const tidyUp = async () => { say('tidies up'); console.log('tidies up'); await forever; };",
    "await tidyingUp(tidyUp, () => { console.log('works'); return forever; });",
  );
  begun.child.kill('SIGTERM');
  await once(begun.child.stdout as NonNullable<typeof begun.child.stdout>, 'data');
  begun.child.kill('SIGINT');
  assert.equal(await endOf(begun), [130, `tidies up\n${LAST}`]);
});

test('a signal after the work ends a command as before', async () => {
  const begun = await begin(
    "await tidyingUp(async () => say('tidies up'), async () => undefined);",
    "console.log('continues');",
    'await forever;',
  );
  begun.child.kill('SIGINT');
  assert.equal(await endOf(begun), [130, LAST]);
});

test.run();
