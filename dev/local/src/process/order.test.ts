import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, type ProcessRecord, startDetached, stopProcess } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { stopInOrder } from './order.ts';

const test = suite('order of stopping');
let folder = '';
let records: ProcessRecord[] = [];

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-order-'));
  const names = ['edge1-etcd', 'kcp', 'edge1-apiserver', 'edge1-kwok', 'edge1-syncer'];
  records = await Promise.all(
    names.map((name) =>
      startDetached({ name, command: 'sleep', args: ['60'], logFile: join(folder, 'log'), stateDir: folder }),
    ),
  );
});
test.after(async () => {
  for (const record of records) await stopProcess(record, { graceMs: 0 });
  rmSync(folder, { recursive: true });
});

test('clients end before their servers, and what does not run is not counted', async () => {
  const gone = { ...(records[0] as ProcessRecord), name: 'edge2-etcd', startTime: 'another boot' };
  const steps: string[][] = [];
  const running: string[][] = [];
  const { ended, failures } = await stopInOrder([...records, gone], 5, (_, step) => {
    steps.push(step.map(({ name }) => name).sort());
    running.push(records.filter(isRunning).map(({ name }) => name));
  });
  assert.equal(steps, [['edge1-syncer'], ['edge1-kwok'], ['edge1-apiserver', 'kcp'], ['edge1-etcd']]);
  assert.equal(running[2], ['edge1-etcd']);
  assert.is(ended.length, 5);
  assert.equal(failures, []);
});

test.run();
