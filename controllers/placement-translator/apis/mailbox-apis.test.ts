import { CUSTOM_RESOURCE_DEFINITIONS, type Resource } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import type { AllowedAPIs } from './allowed.ts';
import { MailboxAPIs, type MailboxAPIsInput } from './mailbox-apis.ts';

const test = suite('of which API the kinds of a mailbox workspace are');

const THINGS: Resource = {
  group: 'a.test',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};
const NAME = 'things.a.test';

/** A mailbox workspace with a tenant's CRD, of which another workspace wants an API of its own. */
function world(hasCopies: boolean) {
  const input = {
    catalog: {
      isNative: () => false,
      definition: () => objectOf(CUSTOM_RESOURCE_DEFINITIONS, 'c', NAME),
      since: () => '2026-01-01T00:00:00Z',
    },
    desired: {
      apisOf: () => [{ type: { resource: THINGS, identity: 'export' }, cluster: 'w' }],
      in: () => [],
    },
    allowed: () => ({ isReserved: () => false }) as unknown as AllowedAPIs,
    hasCopies: () => hasCopies,
  } as unknown as MailboxAPIsInput;
  return new MailboxAPIs(input).in({ name: 'm', cluster: 'c' }).decisionOn(NAME).provider;
}

test('an API that nobody wants any more stays until its copies are gone', () => {
  assert.equal(world(true), { kind: 'definition', of: 'crd' });
  assert.equal(world(false), { kind: 'definition', of: 'export' });
});

test.run();
