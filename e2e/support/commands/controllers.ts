import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@kubestellar/testing';
import type { LocalHome } from '../local.ts';
import { processesOf } from '../processes.ts';
import { linesOf, type Shell } from '../shell.ts';

interface Change {
  action: string;
  kind: string;
  name: string;
}

/** Init, start and stop beside a running core: which of its controllers run, and what else they change. */
export async function beginAndEndControllers({ home, folder, must, current }: Shell): Promise<void> {
  const first = await controllersOf(home);
  assert.is(first.length, 3, String(first));
  const init = await must('kubectl ws root:wmw1; kubestellar -V init --ensure-imw=root:imw1 --ensure-wmw ""');
  assert.equal(linesOf(init).slice(-1), ['Current workspace is "root".']);
  assert.not.match(init, / created| configured/);
  const nothing = JSON.parse(await must('kubestellar init -o json --ensure-imw "" --ensure-wmw root:wmw1'));
  assert.equal(nothing, { dryRun: false, workspace: 'root', changes: [] });
  assert.equal(await controllersOf(home), first);

  const { changes } = JSON.parse(
    await must(
      'kubestellar start --log-folder "$DIR/new logs" --ensure-wmw root:wmw1,example-2 --local-kcp true -o json',
    ),
  ) as { changes: Change[] };
  const names = (wanted: string) => changes.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  assert.equal(names('Workspace'), ['example-2']);
  assert.ok(names('APIBinding').length > 15, String(names('APIBinding')));
  assert.ok(changes.every(({ action }) => action === 'created'));
  assert.is(await current(), 'root');
  await must('kubectl get workspace example-2');
  const second = await controllersOf(home);
  assert.is(second.length, 3);
  assert.is(second.filter((line) => first.includes(line)).length, 0);
  assert.equal((await readdir(join(folder, 'new logs'))).sort(), [
    'kubestellar-where-resolver-log.txt',
    'mailbox-controller-log.txt',
    'placement-translator-log.txt',
  ]);

  assert.is(await must('kubestellar stop'), 'kubestellar stopped .....\n');
  assert.equal(await controllersOf(home), []);
  assert.match(await must('kubectl kubestellar status'), /mailbox-controller +unknown/);
  assert.is(await must('kubestellar stop'), 'kubestellar stopped .....\n');
  await must('kubectl get workspace espw');
}

/** Pid and program of each controller. */
async function controllersOf(home: LocalHome): Promise<string[]> {
  return processesOf(join(home.path, 'run'))
    .map(
      ({ pid, command }) =>
        `${pid} ${/(mailbox-controller|where-resolver|placement-translator)\.js/.exec(command)?.[1]}`,
    )
    .filter((line) => !line.endsWith('undefined'));
}
