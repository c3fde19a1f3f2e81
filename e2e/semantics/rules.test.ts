import { suite } from '@kubestellar/testing';
import { LocalHome } from '../support/local.ts';
import { playAtRandom } from '../support/scenarios.ts';
import { api } from './rules/api.ts';
import { clusters } from './rules/clusters.ts';
import { copies } from './rules/copies.ts';
import { closeCore, startCore } from './rules/core.ts';
import { customizers } from './rules/customizers.ts';
import { denaturedLimits } from './rules/denatured-limits.ts';
import { denaturedRights } from './rules/denatured-rights.ts';
import { destinations } from './rules/destinations.ts';
import { exceptions } from './rules/exceptions.ts';
import { kinds } from './rules/kinds.ts';
import { merging } from './rules/merging.ts';
import { parameters } from './rules/parameters.ts';
import { peoplesConfigs } from './rules/peoples-configs.ts';
import { selection } from './rules/selection.ts';
import { status } from './rules/status.ts';
import { theOne } from './rules/the-one.ts';
import { upsync } from './rules/upsync.ts';

/**
 * Rule by rule (docs/rules.md), on real kcp and two clusters: several scenarios at a time in workspaces of their own,
 * in random order. KUBESTELLAR_RULES_SEED repeats the order of an earlier run, KUBESTELLAR_RULES picks scenarios by a
 * part of their names.
 */
const test = suite('the rules of the semantics', { timeout: 600_000 });

const LANES = 4;
const SEED = Number(process.env.KUBESTELLAR_RULES_SEED ?? Date.now() % 2 ** 31);
const AREAS = [
  ...[selection, exceptions, destinations, kinds, merging, copies],
  ...[theOne, peoplesConfigs, clusters, status, upsync],
  ...[parameters, customizers, denaturedLimits, denaturedRights, api],
];

const home = await LocalHome.create();
const picked = process.env.KUBESTELLAR_RULES ?? '';
const scenarios = AREAS.flatMap((area) => area.scenarios).filter(({ name }) => name.includes(picked));
let lanes: Awaited<ReturnType<typeof startCore>> = [];
let results = new Map<string, Promise<void>>();

test.before(async () => {
  const begin = Date.now();
  lanes = await startCore(home, LANES);
  const seconds = Math.round((Date.now() - begin) / 1000);
  console.log(`    seed ${SEED}, ${scenarios.length} scenarios in ${LANES} lanes; started in ${seconds} s`);
  results = playAtRandom(scenarios, lanes, SEED);
});

test.after(async () => {
  await closeCore(lanes[0]);
  await home.dispose();
});

for (const { name } of scenarios) test(name, () => results.get(name));

test.run();
