import {
  CONFIG_MAPS,
  CUSTOMIZERS,
  type Customizer,
  QUARANTINED,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import { sourceKeyOf } from '../keys.ts';
import type { CustomizedResult } from './customized.ts';
import type { Plan } from './plan.ts';
import {
  type Annotated,
  type ReportDependencies,
  reportOnCustomizer,
  reportOnSource,
  tellsProblems,
} from './report.ts';

const test = suite('reports on customization');

const from = { customizer: '', parameters: '', location: '' };
const planWith = (problems: string[], isTask = false): Plan => ({
  task: isTask ? { replacements: [] } : undefined,
  ...{ from, problems, missing: [], version: '' },
});
const quarantined = { source: 's', ...from, message: 'too much' };

/** An object with these annotations, and plans for its destinations. */
function world(plans: Plan[], annotations = {}, made: CustomizedResult | 'later' | undefined = undefined) {
  const object = objectOf(CONFIG_MAPS, 'w', 'x', { namespace: 'ns', annotations });
  const written: Annotated[] = [];
  let asked = 0;
  const id = sourceKeyOf({ resource: CONFIG_MAPS, identity: '' }, object);
  const customized = { id, workspace: 'w', object, isPartial: false, full: async () => object };
  const deps: ReportDependencies = {
    getSource: () => ({ resource: CONFIG_MAPS, customized, plans }),
    customized: {
      make: async () => {
        asked++;
        return made;
      },
    },
    getCustomizer: (key) =>
      key === 'c' ? (objectOf(CUSTOMIZERS, 'w', 'c', { annotations }) as Customizer) : undefined,
    listUnreadable: async () => ['unreadable'],
    write: async (annotated) => void written.push(annotated),
  };
  return { deps, written, asked: () => asked, run: () => reportOnSource(id, deps), object };
}

test('problems of all destinations are written, each once', async () => {
  const { run, written } = world([planWith(['b']), planWith(['a', 'b'])]);
  await run();
  assert.equal(written[0]?.changed, {
    [`${VALIDATION_ERROR_PREFIX}0`]: 'a',
    [`${VALIDATION_ERROR_PREFIX}1`]: 'b',
  });
  assert.equal(written[0]?.stale, []);
});

test('what the object says already is not written again, and what is over is taken back', async () => {
  const told = { [`${VALIDATION_ERROR_PREFIX}0`]: 'a' };
  const same = world([planWith(['a'])], told);
  await same.run();
  assert.equal(same.written, []);
  const over = world([planWith([])], { ...told, [QUARANTINED]: '{}', 'of.people/note': 'stays' });
  await over.run();
  assert.equal(
    [...(over.written[0]?.stale ?? [])].sort(),
    [`${VALIDATION_ERROR_PREFIX}0`, QUARANTINED].sort(),
  );
  assert.equal(over.written[0]?.changed, {});
  assert.ok(tellsProblems(over.object));
  assert.not(tellsProblems(world([]).object));
});

test('what the customization itself finds is reported, too', async () => {
  const made = { object: objectOf(CONFIG_MAPS, 'w', 'x'), problems: ['found'] };
  const { run, written } = world([planWith(['planned'], true)], {}, made);
  await run();
  assert.equal(written[0]?.problems, ['found', 'planned']);
});

test('a quarantine holds for all destinations, and is written so that a restarted translator knows', async () => {
  const { run, written, asked } = world([planWith([], true), planWith([], true)], {}, { quarantined });
  await run();
  assert.is(asked(), 1);
  assert.match(written[0]?.changed[QUARANTINED] ?? '', /too much/);
  assert.match(written[0]?.problems[0] ?? '', /too much/);
});

test('while a destination can not be worked out nothing is written', async () => {
  for (const made of [undefined, 'later' as const]) {
    const { run, written } = world([planWith(['a']), planWith([], true)], {}, made);
    await run();
    assert.equal(written, []);
  }
});

test('what can not be read in a Customizer is written there, if it is still there', async () => {
  const { deps, written } = world([]);
  await reportOnCustomizer('gone', deps);
  assert.equal(written, []);
  await reportOnCustomizer('c', deps);
  assert.equal(
    written.map(({ resource, problems }) => [resource.plural, problems]),
    [['customizers', ['unreadable']]],
  );
});

test.run();
