import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { linkTools, provideTools } from '@kubestellar/toolchain';
import { CLASSES, type Class } from '../support/bad-input/cells.ts';
import { BadInput, type Cell, type Row } from '../support/bad-input/check.ts';
import { configs, prepareKubeconfigs } from '../support/bad-input/kubeconfigs.ts';
import { PLUGIN_ROWS } from '../support/bad-input/plugin.ts';
import { PROGRAM_ROWS } from '../support/bad-input/programs.ts';
import { LocalHome } from '../support/local.ts';

/**
 * Every command with every class of bad input or circumstance that applies to it: the exit code, one line with the
 * cause, a hint, no stack trace, nothing on stdout, no file left, and the current workspace what it was.
 */
const test = suite('bad input', { timeout: 10 * 60_000 });

const home = await LocalHome.create();
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-bad-'));
const AT_ONCE = 3;
const rows = [...PLUGIN_ROWS, ...PROGRAM_ROWS];
let bad: BadInput;

test.before(async () => {
  await home.start(1);
  const options = { log: (line: string) => console.log(`    ${line}`) };
  await linkTools(join(home.path, 'bin'), await provideTools(['helm'], options));
  await home.enterRoot();
  const authority = join(folder, 'ca.crt');
  await prepareKubeconfigs(home, home.env.KUBECONFIG ?? '', authority);
  bad = new BadInput(folder, { ...home.env, CA_FILE: authority }, configs.usual);
});

test.after(async () => {
  await home.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** @returns the cell as it stands in the table, after all that is behind it was checked */
async function tried(row: Row, name: Class): Promise<string> {
  const cells = row.cells[name];
  if (cells === undefined) throw new Error(`${row.command}: nothing is said about "${name}"`);
  if (typeof cells === 'string') return '–';
  const all = [cells].flat();
  for (const cell of all) await bad.check(row, cell);
  return [...new Set(all.map(({ code }) => code))].join(' ');
}

const titles = rows.map((row) => {
  const { args } = [row.cells['unknown flag'] ?? ''].flat()[0] as Cell;
  const subcommand = row.command === 'kubestellar' ? ` ${args.split(' ', 1)[0]}` : '';
  return { row, title: `${row.command}${subcommand}` };
});
const table = new Map<string, string[]>();

for (const { row, title } of titles) {
  test(`${title}: its row of the matrix`, async () => {
    const failures: string[] = [];
    const line: string[] = [];
    const queue = [...CLASSES.entries()];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [column, name] = next;
        try {
          line[column] = await tried(row, name);
        } catch (error) {
          line[column] = 'X';
          failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    table.set(title, line);
    assert.equal(failures, []);
  });
}

test('the matrix is whole', async () => {
  const known = (await home.must('kubectl-kubestellar --help')).match(/^ {2}kubectl kubestellar .+$/gm) ?? [];
  const missing = known
    .map((line) => line.trim())
    .filter((name) => !rows.some(({ command }) => command === name));
  assert.equal(missing, []);
  const width = Math.max(...titles.map(({ title }) => title.length));
  const reasons: string[] = [];
  console.log(`\n${CLASSES.map((name, index) => `${String.fromCharCode(97 + index)}: ${name}`).join(', ')}`);
  console.log(
    `${''.padEnd(width)}  ${CLASSES.map((_, index) => String.fromCharCode(97 + index).padEnd(4)).join('')}`,
  );
  for (const { row, title } of titles) {
    console.log(`${title.padEnd(width)}  ${(table.get(title) ?? []).map((cell) => cell.padEnd(4)).join('')}`);
    for (const name of CLASSES) {
      const reason = row.cells[name];
      assert.ok(reason !== undefined, `${title}, ${name}`);
      if (typeof reason === 'string') reasons.push(`${title}, ${name}: ${reason}`);
    }
  }
  console.log(`The cells with –:\n  ${reasons.join('\n  ')}`);
  assert.is(table.size, rows.length);
});

test.run();
