import { assert, suite } from '@kubestellar/testing';
import { UsageError } from './failure.ts';
import { type FlagTable, parseCommandLine, separateFlags } from './flags.ts';
import { KUBECTL_FLAGS } from './kubectl-flags.ts';

const test = suite('command lines');
const TABLE: FlagTable = {
  ...KUBECTL_FLAGS,
  imw: { kind: 'string' },
  o: { kind: 'string' },
  'with-kube': { kind: 'boolean' },
  silent: { kind: 'switch', short: 'q' },
};

function refused(args: string[]): string {
  try {
    parseCommandLine(args, TABLE);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as Error).message;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

test('flags are accepted anywhere, with their value after them or after "="', () => {
  const { words, flags } = parseCommandLine(
    ['--imw', 'root:a', 'demo1', '-o=x.yaml', 'a=b', '--kubeconfig=/k', '-n', 'ns', '--token=a=b'],
    TABLE,
  );
  assert.equal(words, ['demo1', 'a=b']);
  const values = ['imw', 'o', 'kubeconfig', 'namespace', 'token'].map((name) => flags.text(name));
  assert.equal(values, ['root:a', 'x.yaml', '/k', 'ns', 'a=b']);
});

test('a switch takes no word of the command line, a boolean does', () => {
  const { words, flags } = parseCommandLine(
    ['--insecure-skip-tls-verify', 'name', '--with-kube', 'false', '-q', '--match-server-version=false'],
    TABLE,
  );
  assert.equal(words, ['name']);
  assert.ok(flags.flag('insecure-skip-tls-verify'));
  assert.ok(flags.flag('silent'));
  assert.not(flags.flag('with-kube', true));
  assert.not(flags.flag('match-server-version', true));
  assert.ok(flags.flag('profile', true));
});

test('the last value of a flag counts, and a repeatable flag keeps all', () => {
  const { flags } = parseCommandLine(['--imw', 'a', '--imw=b', '--as-group=x,y', '--as-group', 'z'], TABLE);
  assert.is(flags.text('imw'), 'b');
  assert.equal(flags.texts('as-group'), ['x,y', 'z']);
});

test('an empty value is a value, and words after "--" are no flags', () => {
  const { words, flags } = parseCommandLine(['--imw=', '--', '--kubeconfig', '-'], TABLE);
  assert.is(flags.text('imw'), '');
  assert.equal(words, ['--kubeconfig', '-']);
});

test('--context is refused in both forms', () => {
  assert.match(refused(['--context', 'x']), '--context flag not supported');
  assert.match(refused(['--context=x']), '--context flag not supported');
});

test('an invalid flag is refused by its name', () => {
  assert.match(refused(['--bogus']), 'unknown flag --bogus');
  assert.match(refused(['-abc']), 'unknown flag -abc');
  assert.match(refused(['-imw', 'x']), 'unknown flag -imw');
  assert.match(refused(['demo', '--imw']), 'missing value of the flag --imw');
  assert.match(refused(['--with-kube', 'maybe']), '--with-kube takes true or false, not "maybe"');
});

test('flags of another program keep their order and their values', () => {
  const { words, flags } = separateFlags(
    ['--set', 'a=b', '--imw=x', '-f', 'values.yaml', '--with-kube', 'false', '--', '-q', '--imw', 'y'],
    TABLE,
  );
  assert.equal(words, ['--set', 'a=b', '-f', 'values.yaml', '--']);
  assert.is(flags.text('imw'), 'y');
  assert.ok(flags.flag('silent'));
  assert.not(flags.flag('with-kube', true));
});

test("--context is refused in both forms among another program's flags", () => {
  for (const args of [['--context', 'x'], ['--context=x'], ['--set', 'a=b', '--context=x'], ['--context']])
    assert.throws(
      () => separateFlags(args, { imw: { kind: 'string' } }),
      (error: unknown) => error instanceof UsageError && error.message === '--context flag not supported',
      args.join(' '),
    );
  assert.equal(separateFlags(['--context-file', 'x', '--kube-context=c'], TABLE).words, [
    '--context-file',
    'x',
    '--kube-context=c',
  ]);
});

test('a flag of ours without its value, or with another than true or false, is refused', () => {
  const message = (args: string[]) => {
    try {
      separateFlags(args, TABLE);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(message(['--imw']), 'missing value of the flag --imw');
  assert.match(message(['--with-kube=maybe']), '--with-kube takes true or false, not "maybe"');
});

test.run();
