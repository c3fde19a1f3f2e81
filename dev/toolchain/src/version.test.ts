import { assert, suite } from '@kubestellar/testing';
import { patchLevelOf, type Tool, toolOf } from './catalog.ts';
import { newFixture } from './fixture.ts';
import { askVersion, compareVersions, fits } from './version.ts';

const test = suite('versions');

test('compares numbers, not letters', () => {
  assert.ok(compareVersions('1.9', '1.36') < 0);
  assert.ok(compareVersions('2.0', '1.36') > 0);
  assert.is(compareVersions('1.36', '1.36'), 0);
});

test('takes kubectl from one minor version below the server to one above', () => {
  const fitting = ['1.32', '1.34', '1.35', '1.36', '1.37', '1.38'].filter((version) =>
    fits(toolOf('kubectl'), { version, patchLevel: 0 }),
  );
  assert.equal(fitting, ['1.35', '1.36', '1.37']);
});

test('takes the servers in their exact minor version only', () => {
  const fitting = ['0.30', '0.31', '0.32'].filter((version) =>
    fits(toolOf('kcp'), { version, patchLevel: patchLevelOf(toolOf('kcp').module) }),
  );
  assert.equal(fitting, ['0.31']);
});

test('takes a patched tool only with the very patches of this clone', () => {
  const ours = patchLevelOf(toolOf('kcp').module);
  const levels = [0, ours, ours + 1];
  assert.equal(
    levels.map((patchLevel) => fits(toolOf('kcp'), { version: '0.31', patchLevel })),
    [false, true, false],
  );
});

test("reads each tool's own words", async () => {
  const outputs: [Parameters<typeof toolOf>[0], string, string, number?][] = [
    ['kcp', 'kcp version v1.35.3+kcp-v0.31.2', '0.31'],
    ['kcp', 'kcp version v1.35.3+kcp-v0.31.2.kubestellar.12', '0.31', 12],
    ['etcd', 'etcd Version: 3.6.8\nGit SHA: abc\nGo Version: go1.26.8', '3.6'],
    ['kube-apiserver', 'Kubernetes v1.36.3', '1.36'],
    ['kubectl', '{ "clientVersion": {\n "gitVersion": "v1.35.0" } }', '1.35'],
    ['kubectl-ws', 'workspace version v1.31.6+kcp-v0.27.1', '0.27'],
    ['helm', 'v3.14.0+g3fc9f4b', '3.14'],
    ['helm', 'v4.3.1', '4.3'],
    ['kind', 'kind v0.33.0 go1.26.8 linux/amd64', '0.33'],
    ['kubeadm', 'v1.36.3', '1.36'],
    ['coredns', 'CoreDNS-1.14.2\nlinux/amd64, go1.26.8, ', '1.14'],
    ['traefik', 'Version:      3.6.7\nCodename:     cheddar', '3.6'],
    ['kwok', 'kwok version v0.8.0 go1.26.8 (linux/amd64)', '0.8'],
  ];
  const fixture = await newFixture();
  try {
    for (const [name, output, version, patchLevel = 0] of outputs) {
      const path = await fixture.script(name, `echo '${output}'`);
      const told = await askVersion(toolOf(name), path, fixture.context.env);
      assert.equal(told, { version, patchLevel }, name);
    }
  } finally {
    await fixture.remove();
  }
});

test('a program that says something else, fails or cannot be run has no version', async () => {
  const fixture = await newFixture();
  try {
    const tool: Tool = toolOf('kcp');
    const mute = await fixture.script('kcp', 'echo hello; exit 3');
    assert.is(await askVersion(tool, mute, fixture.context.env), undefined);
    assert.is(await askVersion(tool, '/nowhere/kcp', fixture.context.env), undefined);
  } finally {
    await fixture.remove();
  }
});

test.run();
