import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { whyWithout } from './former.ts';
import { run } from './local.ts';

const test = suite('tests that start from an earlier commit', { timeout: 60_000 });

const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-former-'));
const [whole, shallow] = [join(folder, 'whole'), join(folder, 'shallow')];
let commits: string[] = [];

test.before(async () => {
  const { code, stdout, stderr } = await run(
    'bash',
    [
      '-euc',
      `export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.test
       export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.test
       git init -q -b main "$1" && cd "$1"
       for n in 1 2; do git commit -q --allow-empty -m $n; done
       git checkout -q -b aside main~1 && git commit -q --allow-empty -m aside && git checkout -q main
       git clone -q --depth 1 "file://$1" "$2"
       git rev-parse main~1 aside`,
      'bash',
      whole,
      shallow,
    ],
    process.env,
  ).done;
  assert.is(code, 0, stderr);
  commits = stdout.trim().split('\n');
});

test.after(() => rm(folder, { recursive: true, force: true }));

test('a commit of the history is found', async () => {
  assert.is(await whyWithout(commits[0] ?? '', whole), undefined);
});

test('a shallow clone that lacks the commit is a reason to skip, which says how to get it', async () => {
  assert.match((await whyWithout(commits[0] ?? '', shallow)) ?? '', 'run: git fetch --unshallow');
});

test('a commit that a whole clone lacks, or that is no part of its branch, is an error', async () => {
  const failure = (commit = '') =>
    whyWithout(commit, whole).then(
      () => 'no error',
      (error: unknown) => String(error),
    );
  assert.match(await failure('0'.repeat(40)), 'though that clone has its whole history');
  assert.match(await failure(commits[1]), 'is no ancestor of HEAD');
});

test('where there is no clone, the error is that of git', async () => {
  await whyWithout('HEAD', folder).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), 'not a git repository'),
  );
});

test.run();
