import { assert, suite } from '@kubestellar/testing';
import { coreOf } from './fixtures.ts';
import { type Findings, fine, problem, statusOf } from './report.ts';

const test = suite('status');
const GOOD = fine('Good');
const ALL: Findings['conditions'] = {
  version: GOOD,
  certificates: GOOD,
  storage: GOOD,
  core: GOOD,
  exposed: GOOD,
};

function findings(conditions: Findings['conditions']): Findings {
  return { conditions, version: '1.0.0', endpoint: undefined, viewEndpoint: undefined, certificates: [] };
}

function ready(conditions: Findings['conditions']) {
  return statusOf(coreOf(), findings(conditions), 0).conditions?.[0];
}

test('a core is Ready when every condition is True', () => {
  assert.is(ready(ALL)?.status, 'True');
  assert.is(ready(ALL)?.observedGeneration, 3);
});

test('Ready reports the first condition that is not True', () => {
  const found = ready({ ...ALL, core: problem('Crashing', 'see'), storage: problem('Provisioning', 'wait') });
  assert.is(found?.reason, 'Provisioning');
  assert.is(found?.message, 'StorageReady: wait');
});

test('a condition that was not checked is Unknown and keeps the core from being Ready', () => {
  assert.is(ready({ version: GOOD })?.status, 'Unknown');
});

test('a condition keeps its transition time while its status stays', () => {
  const core = coreOf();
  core.status = statusOf(core, findings({ ...ALL, core: problem('Starting', '') }), 0);
  const later = statusOf(core, findings({ ...ALL, core: problem('Crashing', '') }), 60_000);
  const times = (later.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
  assert.ok(times.every(([, time]) => time === '1970-01-01T00:00:00Z'));
  const recovered = statusOf({ ...core, status: later }, findings(ALL), 60_000);
  assert.is(recovered.conditions?.[0]?.lastTransitionTime, '1970-01-01T00:01:00Z');
});

test.run();
