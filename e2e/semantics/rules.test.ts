import { suite } from '@kubestellar/testing';
import { closeCore, startCore } from '../support/core.ts';
import { LocalHome } from '../support/local.ts';
import { api } from '../support/rules/api.ts';
import { clusters } from '../support/rules/clusters.ts';
import { copies } from '../support/rules/copies.ts';
import { customizers } from '../support/rules/customizers.ts';
import { denaturedLimits } from '../support/rules/denatured-limits.ts';
import { denaturedRights } from '../support/rules/denatured-rights.ts';
import { destinations } from '../support/rules/destinations.ts';
import { exceptions } from '../support/rules/exceptions.ts';
import { kinds } from '../support/rules/kinds.ts';
import { merging } from '../support/rules/merging.ts';
import { parameters } from '../support/rules/parameters.ts';
import { peoplesConfigs } from '../support/rules/peoples-configs.ts';
import { removals } from '../support/rules/removals.ts';
import { selection } from '../support/rules/selection.ts';
import { status } from '../support/rules/status.ts';
import { theOne } from '../support/rules/the-one.ts';
import { upsync } from '../support/rules/upsync.ts';
import { addScenarios } from '../support/scenarios.ts';

/**
 * Rule by rule (docs/rules.md), on real kcp and two clusters: several scenarios at a time in workspaces of their own,
 * in random order. KUBESTELLAR_RULES_SEED repeats the order of an earlier run, KUBESTELLAR_RULES picks scenarios by a
 * part of their names.
 */
const test = suite('the rules of the semantics', { timeout: 600_000 });

const LANES = 4;
const home = await LocalHome.create();

addScenarios(test, {
  areas: [
    ...[selection, exceptions, destinations, kinds, merging, copies, removals],
    ...[theOne, peoplesConfigs, clusters, status, upsync],
    ...[parameters, customizers, denaturedLimits, denaturedRights, api],
  ],
  variable: 'KUBESTELLAR_RULES',
  start: () => startCore(home, LANES),
  end: async ([core]) => {
    await closeCore(core);
    await home.dispose();
  },
});

test.run();
