import { setImmediate as turn } from 'node:timers/promises';
import type { APIBinding } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { type Origin, parseOrigin } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { OriginReader } from './origin-reader.ts';

const test = suite('for whom a syncer works');

/** A mailbox workspace whose binding says what `answers` have, one after the other; the last one stays. */
function world(...answers: (string | undefined | Error)[]) {
  const logged: string[] = [];
  const known: Origin[] = [];
  const mailbox = {
    get: async (): Promise<APIBinding | undefined> => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      const annotations: { [key: string]: string } =
        answer === undefined ? {} : { 'edge.kubestellar.io/mailbox-origin': answer };
      return {
        apiVersion: 'apis.kcp.io/v1alpha2',
        kind: 'APIBinding',
        metadata: { name: 'bind-edge', annotations },
      };
    },
  } as unknown as KubeClient;
  const logger = { info: ({ reason }: { reason: string }) => logged.push(reason) } as unknown as Logger;
  const reader = new OriginReader({ mailbox, onKnown: (origin) => known.push(origin), logger });
  reader.start();
  return { reader, logged, known };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

test('it is read from the binding of the mailbox workspace, and said once', async () => {
  const { reader, known, logged } = world('core/target');
  await until(() => known.length > 0);
  assert.equal(known, [{ core: 'core', syncTarget: 'target' }]);
  assert.equal([reader.origin, reader.problem, logged], [parseOrigin('core/target'), undefined, []]);
  reader.stop();
});

test('until the core says it, it is asked again, and each reason is logged once', async () => {
  const { reader, known, logged } = world(undefined, 'no origin', new Error('unreachable'), 'core/target');
  await until(() => logged.length > 0);
  assert.is(reader.origin, undefined);
  assert.match(reader.problem ?? '', 'mailbox-controller');
  await until(() => known.length > 0);
  assert.is(logged.length, 2);
  assert.match(logged[1] ?? '', 'unreachable');
  reader.stop();
});

test('what ends meanwhile asks no more', async () => {
  const { reader, known } = world(undefined, 'core/target');
  reader.stop();
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal(known, []);
});

test.run();
