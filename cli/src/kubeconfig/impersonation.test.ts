import { assert, suite } from '@kubestellar/testing';
import { parseCommandLine } from '../shell/flags.ts';
import { KUBECTL_FLAGS } from '../shell/kubectl-flags.ts';
import { impersonationHeaders } from './impersonation.ts';

const test = suite('acting as somebody else');
const flagsOf = (...args: string[]) => parseCommandLine(args, KUBECTL_FLAGS).flags;

test("kubectl's flags, each of which may be repeated but the uid", () => {
  const flags = flagsOf(
    ...['--as-group=a,b', '--as-group', 'c', '--as-uid', '1'],
    ...['--as-user-extra=example.com/scopes=x=y', '--as-user-extra=example.com/scopes=z'],
  );
  assert.equal(impersonationHeaders({ as: 'jane' }, flags), {
    'Impersonate-Group': ['a,b', 'c'],
    'Impersonate-Uid': ['1'],
    'Impersonate-Extra-example.com%2Fscopes': ['x=y', 'z'],
  });
});

test('the fields of the kubeconfig, for which flags stand in', () => {
  const user = { as: 'jane', 'as-groups': ['a'], 'as-uid': '1', 'as-user-extra': { scopes: ['x'] } };
  assert.equal(impersonationHeaders(user, undefined), {
    'Impersonate-Group': ['a'],
    'Impersonate-Uid': ['1'],
    'Impersonate-Extra-scopes': ['x'],
  });
  const flags = flagsOf('--as-group=b', '--as-uid=2', '--as-user-extra=scopes=y');
  assert.equal(impersonationHeaders(user, flags), {
    'Impersonate-Group': ['b'],
    'Impersonate-Uid': ['2'],
    'Impersonate-Extra-scopes': ['y'],
  });
});

test('nothing is said about a user who acts as himself', () => {
  assert.equal(impersonationHeaders({ token: 't' }, flagsOf()), {});
});

test('without --as, and without a key, they are refused', () => {
  for (const flag of ['--as-group=a', '--as-uid=1', '--as-user-extra=a=b'])
    assert.throws(() => impersonationHeaders({}, flagsOf(flag)), /need --as, which names the user/);
  for (const extra of ['a', '=b', ''])
    assert.throws(
      () => impersonationHeaders({ as: 'jane' }, flagsOf(`--as-user-extra=${extra}`)),
      /--as-user-extra takes KEY=VALUE, not /,
    );
});

test.run();
