import { suite } from '@kubestellar/testing';
import { closeCore, startCore } from '../support/core.ts';
import { LocalHome } from '../support/local.ts';
import { addScenarios } from '../support/scenarios.ts';
import { api } from './rules/api.ts';
import { clusters } from './rules/clusters.ts';
import { copies } from './rules/copies.ts';
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
const home = await LocalHome.create();

addScenarios(test, {
  areas: [
    ...[selection, exceptions, destinations, kinds, merging, copies],
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
