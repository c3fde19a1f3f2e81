import { type Child, startChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';

const test = suite('signals');
const MODULE = JSON.stringify(new URL('./interrupt.ts', import.meta.url).href);

/** Starts a command that says when it works. @param lines what it does then */
async function begin(...lines: string[]): Promise<Child> {
  const program = [
    `import { endOnSignals, tidyingUp } from ${MODULE};`,
    "const say = (line) => process.stderr.write(line + '\\n');",
    'const forever = new Promise((resolve) => setTimeout(resolve, 60_000));',
    "endOnSignals('a command');",
    ...lines,
  ].join('\n');
  const child = startChild(process.execPath, ['--input-type=module', '--eval', program]);
  await child.printed('works');
  return child;
}

async function endOf({ ended }: Child): Promise<[unknown, string]> {
  const { code, stderr } = await ended;
  return [code, stderr];
}

const LAST = 'a command: interrupted by SIGINT; what is done stays, run it again to go on\n';

test('a signal ends a command, with a line and the exit code of shells', async () => {
  const begun = await begin("console.log('works');", 'await forever;');
  begun.kill('SIGINT');
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
  begun.kill('SIGINT');
  assert.equal(await endOf(begun), [130, `tidies up after SIGINT\nhas tidied up\n${LAST}`]);
});

test('a second signal ends a command at once', async () => {
  const begun = await begin(
    "const tidyUp = async () => { say('tidies up'); console.log('tidies up'); await forever; };",
    "await tidyingUp(tidyUp, () => { console.log('works'); return forever; });",
  );
  begun.kill('SIGTERM');
  await begun.printed('tidies up\ntidies up\n');
  begun.kill('SIGINT');
  assert.equal(await endOf(begun), [130, `tidies up\n${LAST}`]);
});

test('a signal after the work ends a command as before', async () => {
  const begun = await begin(
    "await tidyingUp(async () => say('tidies up'), async () => undefined);",
    "console.log('works');",
    'await forever;',
  );
  begun.kill('SIGINT');
  assert.equal(await endOf(begun), [130, LAST]);
});

test.run();
