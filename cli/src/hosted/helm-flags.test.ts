import { assert, suite } from '@kubestellar/testing';
import { helmFlags, withoutSecrets } from './helm-flags.ts';

const test = suite("helm's flags");

test('cluster, user and namespace are read in every form that helm accepts', () => {
  const { kubectl, context, namespace } = helmFlags(
    ['--kubeconfig=/k', '--kube-context', 'c', '--set', 'a=b', '-n', 'ns', '--kube-as-user=jane', '--debug'],
    {},
  );
  assert.equal(
    [kubectl.text('kubeconfig'), kubectl.text('as'), context, namespace],
    ['/k', 'jane', 'c', 'ns'],
  );
});

test("helm's variables replace missing flags", () => {
  const env = { HELM_NAMESPACE: 'other', HELM_KUBECONTEXT: 'c', HELM_KUBETOKEN: 't' };
  const { kubectl, context, namespace } = helmFlags(['--namespace=ns'], env);
  assert.equal([kubectl.text('token'), context, namespace], ['t', 'c', 'ns']);
  assert.is(helmFlags([], env).namespace, 'other');
});

test('a token is moved from the arguments to the environment, where other users cannot read it', () => {
  const others = ['--set', 'a=b', '--wait'];
  for (const args of [
    ['--kube-token=sesame', ...others],
    ['--set', 'a=b', '--kube-token', 'sesame', '--wait'],
    ['--kube-token', 'former', ...others, '--kube-token=sesame'],
  ]) {
    assert.equal(withoutSecrets(args), { args: others, env: { HELM_KUBETOKEN: 'sesame' } });
    assert.is(helmFlags(args, {}).kubectl.text('token'), 'sesame');
  }
  assert.equal(withoutSecrets(others), { args: others, env: {} });
});

test('a password for a chart repository is refused, since the chart is part of the release', () => {
  for (const args of [
    ['--password', 'sesame'],
    ['--wait', '--password=sesame'],
  ])
    assert.throws(() => withoutSecrets(args), /--password .*part of the release/);
});

for (const [args, waits, isDryRun] of [
  [[], false, false],
  [['--wait'], true, false],
  [['--wait=watcher'], true, false],
  [['--wait=hookOnly'], false, false],
  [['--rollback-on-failure'], true, false],
  [['--wait-for-jobs'], false, false],
  [['--dry-run'], false, true],
  [['--dry-run=client', '--wait'], true, true],
  [['--dry-run=none'], false, false],
] as const) {
  test(`helm waits: ${waits}, dry run: ${isDryRun} with "${args.join(' ')}"`, () => {
    const flags = helmFlags(args, {});
    assert.equal([flags.waits, flags.isDryRun], [waits, isDryRun]);
  });
}

test('the time-out is five minutes by default', () => {
  const timeout = (...args: string[]) => helmFlags(args, {}).timeout;
  assert.equal(
    [timeout(), timeout('--timeout', '10m0s'), timeout('--timeout=1h2s')],
    [300_000, 600_000, 3_602_000],
  );
  assert.is(timeout('--timeout=soon'), 300_000);
});

test.run();
