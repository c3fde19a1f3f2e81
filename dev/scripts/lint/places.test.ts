import { assert, suite } from '@kubestellar/testing';
import { checkPlaces } from './places.ts';

const test = suite('places of end-to-end tests');

function check(...paths: string[]): string {
  return checkPlaces(paths.map((path) => ({ path, content: '' })));
}

test('tests lie in the folder of a feature, helpers in support', () => {
  assert.is(
    check(
      'e2e/sync/outage.test.ts',
      'e2e/support/core.ts',
      'e2e/support/core.test.ts',
      'e2e/support/rules/area.ts',
    ),
    '',
  );
  assert.is(check('cli/src/main.ts', 'e2e/package.json'), '');
});

for (const path of [
  'e2e/outage.test.ts',
  'e2e/chain/outage.test.ts',
  'e2e/sync/outage.ts',
  'e2e/sync/deeper/outage.test.ts',
]) {
  test(`${path} is reported`, () => assert.match(check(path), `${path}: tests are`));
}

test.run();
