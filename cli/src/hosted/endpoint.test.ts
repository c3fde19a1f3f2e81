import { assert, suite } from '@kubestellar/testing';
import { UsageError } from '../shell/failure.ts';
import { endpointOf } from './endpoint.ts';

const test = suite('external endpoint');

test('an endpoint is a name or an address, and a port', () => {
  assert.equal(endpointOf('core.example.com:443'), { host: 'core.example.com', port: 443 });
  assert.equal(endpointOf('127.0.0.1:30643'), { host: '127.0.0.1', port: 30643 });
});

for (const text of [
  '',
  'core.example.com',
  'core.example.com:',
  ':443',
  'https://core.example.com:443',
  'a:1:2',
  '[::1]:443',
  'core.example.com:0',
  'core.example.com:65536',
  'core.example.com:https',
  'core.example.com:-1',
  'Core.example.com:443',
  'core..example:443',
  '-core:443',
  `${'a'.repeat(254)}:443`,
  'core example:443',
]) {
  test(`refused: "${text.slice(0, 40)}"`, () => {
    assert.throws(
      () => endpointOf(text),
      (error: unknown) => error instanceof UsageError && /external-endpoint/.test(error.message),
    );
  });
}

test.run();
