import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { Refusal } from './refusal.ts';
import { requestPath } from './request-path.ts';

const test = suite('paths of requests');

const segment = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => text.isWellFormed() && !/[\p{Cc}/\\%]|^\.{1,2}$/u.test(text));

test('all spellings of a path become the canonical one', () => {
  const everyByte = (text: string) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const usual = requestPath(`/${segments.map(encodeURIComponent).join('/')}`).path;
      const dotless = segments.filter((text) => !text.includes('.'));
      const spelled = requestPath(`/${dotless.map(everyByte).join('/')}`).path;
      assert.is(decodeURIComponent(usual), `/${segments.join('/')}`);
      assert.is(spelled, requestPath(`/${dotless.map(encodeURIComponent).join('/')}`).path);
      assert.is(requestPath(usual).path, usual, 'its own spelling is the one');
    }),
  );
});

test('the query of a request is kept unchanged', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{0,20}$/), (text) => {
      assert.equal(requestPath(`/api?${text}`), { path: '/api', query: `?${text}` });
    }),
  );
});

test('a path with a hidden segment is refused', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\/[ -~]{0,30}$/), (url) => {
      let path: string;
      try {
        path = requestPath(url).path;
      } catch (error) {
        assert.ok(error instanceof Refusal && error.code === 400);
        return;
      }
      assert.not.match(decodeURIComponent(path), /\/\/|\/\.{1,2}(\/|$)|\\|\p{Cc}/u);
      assert.is(path.split('/').length, url.split('?')[0]?.split('/').length);
    }),
    { numRuns: 2_000 },
  );
});

test.run();
