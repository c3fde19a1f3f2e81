import { assert, suite } from '@kubestellar/testing';
import { BrakeRule } from './brake.ts';
import { Model, type Placement, type Wmw, type Written } from './model.ts';

const test = suite('the model of removals that await approval');

const PLACEMENT: Placement & { wmw: Wmw; name: string } = {
  ...{ wmw: 0, name: 'p1', color: 'red', kinds: ['ConfigMap'], namespaces: 'labelled', app: undefined },
  removals: 'AwaitApproval',
};
const written = (name: string): Written & { wmw: Wmw } => ({
  ...{ wmw: 0, kind: 'ConfigMap', namespace: 'n1', name, app: 'x', value: 'v', order: 1 },
  expand: false,
  custom: false,
});

/** An EdgePlacement that leads so many objects to two clusters. */
function world(count: number, removals: Placement['removals'] = 'AwaitApproval') {
  const model = new Model();
  const brake = new BrakeRule();
  model.placements.set('0 p1', { ...PLACEMENT, removals });
  model.locations.set('l1', { cluster: 'edge1', color: 'red' }).set('l2', { cluster: 'edge2', color: 'red' });
  for (let n = 0; n < count; n++) model.objects.set(`0 ConfigMap n1/o${n}`, written(`o${n}`));
  const ship = (isShipped: boolean) => {
    model.shipped.set('0/n1', isShipped);
    brake.follow(model);
    return brake.mayAwait(0, 'p1');
  };
  assert.not(ship(true));
  return { model, brake, ship };
}

test('many removals by a label may await approval, a few may not', () => {
  assert.not(world(10).ship(false));
  assert.ok(world(11).ship(false));
});

test('what is deleted awaits nothing', () => {
  const { model, ship } = world(11);
  model.objects.clear();
  assert.not(ship(false));
});

test('the loss of a Location may have to be approved, unless the EdgePlacement asks for immediate removals', () => {
  for (const removals of ['AwaitApproval', 'Immediate'] as const) {
    const { model, ship } = world(1, removals);
    model.locations.delete('l1');
    assert.is(ship(true), removals === 'AwaitApproval');
  }
});

test('an EdgePlacement that is deleted awaits nothing, and neither does the next one of its name', () => {
  const { model, ship } = world(11);
  assert.ok(ship(false));
  model.placements.clear();
  assert.not(ship(false));
  model.placements.set('0 p1', PLACEMENT);
  assert.not(ship(true));
});

test.run();
