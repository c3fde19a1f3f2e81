import { HOSTED_CORE, type KubeObject, ROUTES } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { StoredObjects } from '../fixtures.ts';
import type { Served } from '../hosting/served.ts';
import type { ExposureDependencies } from './outcome.ts';
import { exposeByRoute } from './route.ts';

const test = suite('exposure by a Route of OpenShift');
const GIVEN = 'kubestellar-route-kubestellar.apps.example.com';
const ROUTE = { type: 'Route', annotations: {} } as const;
const kcp = { host: 'core.example.com', port: 8443 };
const wanted = { kcp, proxy: undefined };
const open = { kcp: undefined, proxy: undefined };

/** A cluster that serves Routes, or not, and has none yet. */
function cluster(isOpenShift = true): { deps: ExposureDependencies; objects: StoredObjects } {
  const objects = new StoredObjects();
  const served = { has: async () => isOpenShift } as unknown as Served;
  return { deps: { objects, served, client: {} as KubeClient }, objects };
}

/** What OpenShift's router does: gives the Route a host, unless it has one, and reports whether it admits it. */
async function admit(objects: StoredObjects, condition: object): Promise<void> {
  const route = await objects.get<KubeObject<{ host?: string }>>(ROUTES, HOSTED_CORE.route);
  assert.ok(route);
  const host = route.spec?.host ?? GIVEN;
  const status = { ingress: [{ host, conditions: [{ type: 'Admitted', ...condition }] }] };
  const changed = { ...route, spec: { ...route.spec, host }, status };
  objects.stored.set(`${ROUTES.plural}/${HOSTED_CORE.route}`, changed as unknown as KubeObject);
}

test("the endpoint of a Route without a requested one is OpenShift's host and port 443", async () => {
  const { deps, objects } = cluster();
  const first = await exposeByRoute(ROUTE, open, deps);
  assert.equal([first.endpoint, first.finding.reason], [undefined, 'WaitingForAddress']);
  await admit(objects, { status: 'True' });
  const { endpoint, finding } = await exposeByRoute(ROUTE, open, deps);
  assert.equal([endpoint, finding.reason], [{ host: GIVEN, port: 443 }, 'Exposed']);
});

test('a requested endpoint becomes the host of a Route with TLS passthrough', async () => {
  const { deps, objects } = cluster();
  await exposeByRoute(ROUTE, wanted, deps);
  const route = await objects.get<KubeObject<{ host: string; tls: { termination: string } }>>(
    ROUTES,
    HOSTED_CORE.route,
  );
  assert.equal([route?.spec?.host, route?.spec?.tls.termination], [kcp.host, 'passthrough']);
  await admit(objects, { status: 'True' });
  const { endpoint, finding } = await exposeByRoute(ROUTE, wanted, deps);
  assert.equal([endpoint, finding.reason], [kcp, 'Exposed']);
});

test('a Route that the router does not admit is reported with the reason', async () => {
  const { deps, objects } = cluster();
  await exposeByRoute(ROUTE, wanted, deps);
  await admit(objects, { status: 'False', reason: 'HostAlreadyClaimed', message: 'taken by another' });
  const { finding } = await exposeByRoute(ROUTE, wanted, deps);
  assert.is(finding.reason, 'NotAdmitted');
  assert.match(finding.message, /does not admit Route "kubestellar-route": taken by another$/);
});

test('a cluster without Routes is reported', async () => {
  const { deps, objects } = cluster(false);
  const { finding } = await exposeByRoute(ROUTE, open, deps);
  assert.is(finding.reason, 'KindNotServed');
  assert.is(objects.stored.size, 0);
});

test.run();
