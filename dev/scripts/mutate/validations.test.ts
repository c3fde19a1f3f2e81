import { assert, suite } from '@kubestellar/testing';
import { validationsIn } from './validations.ts';

const test = suite('taking validations out');

/** @returns the source without each of its validations in turn */
function without(source: string): string[] {
  return validationsIn('a.ts', source).map(
    ({ start, end, replacement }) => source.slice(0, start) + replacement + source.slice(end),
  );
}

test('the condition of a throw becomes false, whatever is around it', () => {
  assert.equal(without("if (a > 1) throw new UsageError('x');"), ["if (false) throw new UsageError('x');"]);
  assert.equal(without("for (const a of b) if (!a) { c(); throw new CommandFailure('x'); }"), [
    "for (const a of b) if (false) { c(); throw new CommandFailure('x'); }",
  ]);
  assert.equal(without("if (a) b(); else throw new UsageError('x');"), [
    "if (true) b(); else throw new UsageError('x');",
  ]);
});

test('the condition that leads around a throw becomes true', () => {
  assert.equal(without("function f(a: string) { if (a) return a; throw new KubeconfigError('x'); }"), [
    "function f(a: string) { if (true) return a; throw new KubeconfigError('x'); }",
  ]);
});

test('a throw that nothing leads around goes, and what a handler throws never changes what is tried', () => {
  assert.equal(without("if (a) try { b(); } catch { throw new UsageError('x'); }"), [
    'if (a) try { b(); } catch { ; }',
  ]);
});

test('each is found on its line; what else is thrown stays', () => {
  const source =
    "throw error;\nthrow new Error('x');\nif (a) throw new UsageError('x');\nthrow new UsageError('y');";
  assert.equal(
    validationsIn('a.ts', source).map(({ line }) => line),
    [3, 4],
  );
  assert.throws(() => validationsIn('a.ts', 'if ('), /^a\.ts: |a\.ts: /);
});

test.run();
