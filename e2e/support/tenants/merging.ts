/** What tenants call the members of their objects. */
import { CONFIG_MAPS, NAMESPACES } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { arrives, create, namespace, place, type Read } from '../objects.ts';
import { area } from './core.ts';

export const merging = area();

const ODD = ['toString', 'constructor', '__proto__', 'hasOwnProperty'];

merging(
  "members with names of JavaScript's own are merged with those of another tenant's object, and leave with their source's",
  async (core) => {
    const { edge1 } = core;
    const [one, other] = [await core.tenant(), await core.tenant()];
    const in_ = await namespace(one.client);
    await create(other.client, NAMESPACES, in_);
    const placed = [{ resources: ['configmaps'], namespaces: [in_] }];
    // In text, since an object literal can't have a member of each of these names.
    const data = JSON.parse(`{${ODD.map((name) => `"${name}":"of one"`)}}`);
    await create(one.client, CONFIG_MAPS, 'both', in_, { data });
    await place(one.client, in_, placed);
    await arrives(edge1, CONFIG_MAPS, 'both', in_, has(...ODD));
    await create(other.client, CONFIG_MAPS, 'both', in_, { data: { plain: 'of the other' } });
    await place(other.client, in_, placed);
    const merged = await arrives(edge1, CONFIG_MAPS, 'both', in_, has(...ODD, 'plain'));
    assert.equal(Object.keys(merged.data ?? {}).sort(), [...ODD, 'plain'].sort());
    const [gone, ...left] = ODD;
    const patch = { data: { [gone ?? '']: null } };
    await one.client.mergePatch(CONFIG_MAPS, { name: 'both', namespace: in_ }, patch, USER);
    await arrives(edge1, CONFIG_MAPS, 'both', in_, ({ data: now = {} }) => !Object.hasOwn(now, gone ?? ''));
    await arrives(edge1, CONFIG_MAPS, 'both', in_, has(...left, 'plain'));
  },
);

function has(...names: string[]) {
  return ({ data = {} }: Read) => names.every((name) => Object.hasOwn(data, name));
}
