import { assert, suite } from '@kubestellar/testing';
import { explainGoFailure } from './explain.ts';

const test = suite('explanations of failed Go commands');

const cases: [output: string, advice: RegExp][] = [
  [
    'Get "https://proxy.example/x/@v/v1.zip": dial tcp: lookup proxy.example: no such host',
    /HTTPS_PROXY.*GOPROXY/,
  ],
  ['reading https://proxy.example/x/@v/v1.mod: 502 Bad Gateway', /could not download/],
  ['link: /tmp/go-build1/b1/exe: write: no space left on device', /disk is full.*go clean -cache/],
  ['verifying x@v1: checksum mismatch', /checksum is not the committed one/],
  ['x/y: /usr/local/go/tool/compile: signal: killed', /out of memory/],
  ['missing go.sum entry for module providing package x', /restore both/],
  ['open /home/me/.cache/go-build/00: permission denied', /may not write/],
];

for (const [output, advice] of cases) {
  test(`tells what to do about: ${output}`, () => {
    const message = explainGoFailure(
      'The Go build of kcp',
      `go: downloading a v1\ngithub.com/a/b\n${output}\n`,
    );
    assert.match(message, /^The Go build of kcp failed\./);
    assert.match(message, advice);
    assert.match(message, output);
    assert.not.match(message, 'downloading a');
  });
}

test('shows the last lines of anything else, and where the rest is', () => {
  const errors = Array.from({ length: 30 }, (_, i) => `a.go:${i}: undefined: x${i}`).join('\n');
  const message = explainGoFailure('It', `# github.com/a/b\n${errors}`, '/cache/kcp.log');
  assert.match(message, 'a.go:29');
  assert.not.match(message, 'a.go:3:');
  assert.match(message, /The whole output is in \/cache\/kcp\.log\.$/);
});

test.run();
