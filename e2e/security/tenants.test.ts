import { suite } from '@kubestellar/testing';
import { LocalHome } from '../support/local.ts';
import { addScenarios } from '../support/scenarios.ts';
import { apis } from './tenants/apis.ts';
import { closeCore, startCore } from './tenants/core.ts';
import { workspaces } from './tenants/workspaces.ts';

/**
 * Attack by attack, on real kcp and two clusters: what somebody with all rights in one workspace
 * gets at by what they write. Several scenarios at a time, each with tenants of its own, in random order.
 * KUBESTELLAR_TENANTS_SEED repeats the order of an earlier run, KUBESTELLAR_TENANTS picks scenarios by a part of
 * their names.
 */
const test = suite('tenants', { timeout: 600_000 });

const LANES = 4;
const home = await LocalHome.create();

addScenarios(test, {
  areas: [apis, workspaces],
  variable: 'KUBESTELLAR_TENANTS',
  start: () => startCore(home, LANES),
  end: async (lanes) => {
    await closeCore(lanes);
    await home.dispose();
  },
});

test.run();
