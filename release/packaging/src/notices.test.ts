import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { licenseNotices } from './notices.ts';

const test = suite('licences of packages');
const root = join(import.meta.dirname, '..', '..', '..');

test('each package is named with its licence and the text that it brings', async () => {
  const text = await licenseNotices(root, ['yaml@2.9.1', '@kubernetes/client-node@2.0.1']);
  assert.match(text, /^@kubernetes\/client-node@2\.0\.1 \(Apache-2\.0\)\n\n/);
  assert.match(text, /\n-{80}\n\nyaml@2\.9\.1 \(ISC\)\n\n/);
  assert.ok(text.includes(readFileSync(join(root, 'node_modules', 'yaml', 'LICENSE'), 'utf8').trim()));
});

test('a package that is not there is told', async () => {
  let message = '';
  await licenseNotices(root, ['nothing@1.0.0']).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, 'nothing@1.0.0 is not in package-lock.json');
});

test.run();
