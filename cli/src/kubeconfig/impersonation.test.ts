import { assert, suite } from '@kubestellar/testing';
import { parseCommandLine } from '../shell/flags.ts';
import { KUBECTL_FLAGS } from '../shell/kubectl-flags.ts';
import { impersonationHeaders } from './impersonation.ts';

const test = suite('impersonation');
const flagsOf = (...args: string[]) => parseCommandLine(args, KUBECTL_FLAGS).flags;

test("kubectl's flags become headers, and all but the uid may be repeated", () => {
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

test('fields of the kubeconfig are used where flags are missing', () => {
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

test('a user who impersonates nobody has no headers', () => {
  assert.equal(impersonationHeaders({ token: 't' }, flagsOf()), {});
});

test('flags without --as, or without a key, are refused', () => {
  for (const flag of ['--as-group=a', '--as-uid=1', '--as-user-extra=a=b'])
    assert.throws(() => impersonationHeaders({}, flagsOf(flag)), /need --as, which names the user/);
  for (const extra of ['a', '=b', ''])
    assert.throws(
      () => impersonationHeaders({ as: 'jane' }, flagsOf(`--as-user-extra=${extra}`)),
      /--as-user-extra takes KEY=VALUE, not /,
    );
});

test.run();
