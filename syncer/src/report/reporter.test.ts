import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncerConfig } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { Wanted } from '../config/wanted.ts';
import { Problems } from './problems.ts';
import { Reporter } from './reporter.ts';

const test = suite('the report of a syncer');
const logger = { debug() {}, warn() {} } as unknown as Logger;
const RESOURCE = 'configmaps';

/** A syncer that wants one ConfigMap; `told` is what its SyncerConfig says already. The mailbox is a mock. */
function syncer(told: SyncerConfig['status']) {
  const state = { isStarting: true, isBrought: false, writes: [] as unknown[] };
  const config = { metadata: { name: 'the-one', generation: 1 }, spec: {}, status: told } as SyncerConfig;
  const mailbox = {
    mergePatch: async (_resource: unknown, _ref: unknown, { status }: { status: unknown }) =>
      state.writes.push(status),
  };
  const names = new Map([['n', new Set(['a'])]]);
  const wanted = new Wanted(new Map([[RESOURCE, { group: '', version: 'v1', plural: RESOURCE, names }]]));
  const reporter = new Reporter({
    mailbox: mailbox as unknown as KubeClient,
    problems: new Problems(() => undefined),
    config: () => ({
      config,
      parts: [],
      wanted,
    }),
    isBrought: () => state.isBrought,
    isStarting: () => state.isStarting,
    isActive: () => true,
    count: () => undefined,
    logger,
  });
  return { reporter, state };
}

test('who starts where all is done writes nothing, however long it takes to see that', async () => {
  const { reporter, state } = syncer({ observedGeneration: 1, failing: 0 });
  reporter.start();
  reporter.changed();
  await sleep(350);
  assert.equal(state.writes, []);
  Object.assign(state, { isStarting: false, isBrought: true });
  await sleep(250);
  await reporter.stop();
  assert.equal(state.writes, []);
});

test('what is not there once all has been looked at is told', async () => {
  const { reporter, state } = syncer({ observedGeneration: 1, failing: 0 });
  reporter.start();
  reporter.changed();
  state.isStarting = false;
  await sleep(250);
  await reporter.stop();
  assert.is(state.writes.length, 1);
});

test.run();
