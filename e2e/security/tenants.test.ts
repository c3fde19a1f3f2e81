import { suite } from '@kubestellar/testing';
import { LocalHome } from '../support/local.ts';
import { addScenarios } from '../support/scenarios.ts';
import { adoption } from '../support/tenants/adoption.ts';
import { apis } from '../support/tenants/apis.ts';
import { budgets } from '../support/tenants/budgets.ts';
import { conversion } from '../support/tenants/conversion.ts';
import { closeCore, startCore } from '../support/tenants/core.ts';
import { lease } from '../support/tenants/lease.ts';
import { mailboxObjects } from '../support/tenants/mailbox-objects.ts';
import { mailboxPolicies } from '../support/tenants/mailbox-policies.ts';
import { merging } from '../support/tenants/merging.ts';
import { namesakes } from '../support/tenants/namesakes.ts';
import { slices } from '../support/tenants/slices.ts';
import { upsync } from '../support/tenants/upsync.ts';
import { workspaces } from '../support/tenants/workspaces.ts';

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
  areas: [
    adoption,
    apis,
    budgets,
    conversion,
    lease,
    mailboxObjects,
    mailboxPolicies,
    merging,
    namesakes,
    slices,
    upsync,
    workspaces,
  ],
  variable: 'KUBESTELLAR_TENANTS',
  start: () => startCore(home, LANES),
  end: async (lanes) => {
    await closeCore(lanes);
    await home.dispose();
  },
});

test.run();
