import { assert, suite } from '@kubestellar/testing';
import { parseCommandLine } from './flags.ts';
import { type Change, NO_OUTPUT, type Output } from './output.ts';
import { DRY_RUN_FLAG, OUTPUT_FLAG, reported } from './report.ts';

const test = suite('reports of changes');
const CHANGE: Change = { action: 'created', workspace: 'root:w', apiVersion: 'v1', kind: 'Pod', name: 'p' };

/** @returns what a command that makes a Pod prints, stdout and stderr apart */
async function printed(...args: string[]): Promise<[results: string[], remarks: string[]]> {
  const results: string[] = [];
  const remarks: string[] = [];
  const output: Output = {
    ...NO_OUTPUT,
    result: (line) => void results.push(line),
    remark: (line) => void remarks.push(line),
  };
  const { flags } = parseCommandLine(args, { ...OUTPUT_FLAG, ...DRY_RUN_FLAG });
  await reported(flags, output, async (out) => {
    out.remark('making it');
    out.result('pod/p created');
    out.record(CHANGE);
    return { workspace: 'root:w' };
  });
  return [results, remarks];
}

test('text is printed at once, and marked in a dry run', async () => {
  assert.equal(await printed(), [['pod/p created'], ['making it']]);
  assert.equal(await printed('--dry-run=none'), [['pod/p created'], ['making it']]);
  for (const flag of ['--dry-run', '--dry-run=client', '--dry-run=true'])
    assert.equal(await printed(flag), [['pod/p created (dry run)'], ['making it (dry run)']]);
});

test('JSON is one object with the result and the changes, and remarks are kept', async () => {
  const [[text = '', ...more], remarks] = await printed('-o', 'json');
  assert.equal(JSON.parse(text), { dryRun: false, workspace: 'root:w', changes: [CHANGE] });
  assert.equal(more, []);
  assert.equal(remarks, ['making it']);
  const [[planned = '']] = await printed('--output=json', '--dry-run');
  assert.is(JSON.parse(planned).dryRun, true);
});

test('other output formats and kinds of dry runs are refused before anything is done', async () => {
  const refused = async (...args: string[]) => {
    try {
      return `done: ${await printed(...args)}`;
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.is(await refused('-o', 'yaml'), '--output takes json, not "yaml"');
  assert.is(
    await refused('--dry-run=server'),
    '--dry-run takes true or false, or none, or client, not "server"',
  );
});

test.run();
