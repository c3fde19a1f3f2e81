import { assert, suite } from '@kubestellar/testing';
import { parseModules } from './go-modules.ts';
import { billOfMaterials, npmComponent } from './sbom.ts';

const test = suite('bills of materials');

test('reads what Go tells of a program: its own module, the others, replacements in their place', () => {
  const output = [
    '/bin/kcp: go1.26.8',
    '\tpath\tgithub.com/kcp-dev/kcp/cmd/kcp',
    '\tmod\tgithub.com/kcp-dev/kcp\tv0.31.2\th1:abc=',
    '\tdep\tk8s.io/api\tv0.35.3\th1:abc=',
    '\t=>\tgithub.com/kcp-dev/kubernetes/staging/src/k8s.io/api\tv0.0.0-2026\th1:abc=',
    '\tdep\tgo.uber.org/zap\tv1.27.0\th1:abc=',
    '\tbuild\t-ldflags="-s -w"',
  ].join('\n');
  assert.equal(
    parseModules(output).map(({ purl }) => purl),
    [
      'pkg:golang/std@1.26.8',
      'pkg:golang/github.com/kcp-dev/kcp@v0.31.2',
      'pkg:golang/github.com/kcp-dev/kubernetes/staging/src/k8s.io/api@v0.0.0-2026',
      'pkg:golang/go.uber.org/zap@v1.27.0',
    ],
  );
});

test('names npm packages with and without a scope as package URLs do', () => {
  assert.is(npmComponent('undici@8.12.4').purl, 'pkg:npm/undici@8.12.4');
  assert.equal(npmComponent('@kubernetes/client-node@2.0.1'), {
    type: 'library',
    name: '@kubernetes/client-node',
    version: '2.0.1',
    purl: 'pkg:npm/%40kubernetes/client-node@2.0.1',
  });
});

test('the same components in another order, or twice, give the same text', () => {
  const [a, b] = [npmComponent('a@1.0.0'), npmComponent('b@2.0.0')];
  const image = { type: 'container', name: 'example.org/image', version: '1.0' } as const;
  assert.is(billOfMaterials(image, [a, b]), billOfMaterials(image, [b, a, b]));
  const { bomFormat, components } = JSON.parse(billOfMaterials(image, [b, a, b])) as {
    bomFormat: string;
    components: { 'bom-ref': string }[];
  };
  assert.is(bomFormat, 'CycloneDX');
  assert.equal(
    components.map((one) => one['bom-ref']),
    ['pkg:npm/a@1.0.0', 'pkg:npm/b@2.0.0'],
  );
});

test.run();
