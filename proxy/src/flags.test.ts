import { assert, suite } from '@kubestellar/testing';
import { settingsOf } from './flags.ts';

const test = suite('flags of the workspace proxy');

const required = {
  server: 'https://kcp.example:6443/clusters/root',
  'certificate-authority': 'ca',
  'tls-cert-file': 'cert',
  'tls-private-key-file': 'key',
};
const proxying = {
  'client-ca-file': 'clients',
  'proxy-client-cert-file': 'proxy-cert',
  'proxy-client-key-file': 'proxy-key',
};

test('settings are read from the flags', () => {
  assert.equal(settingsOf(required), {
    kcp: 'https://kcp.example:6443',
    listen: { host: '127.0.0.1', port: 6444 },
    files: { coreCA: 'ca', serving: { certificate: 'cert', key: 'key' }, proxying: undefined },
  });
  const { listen, files } = settingsOf({ ...required, ...proxying, listen: ':6444' });
  assert.equal(listen, { host: '', port: 6444 });
  assert.equal(files.proxying, {
    clientCAs: 'clients',
    proxy: { certificate: 'proxy-cert', key: 'proxy-key' },
  });
});

for (const flag of Object.keys(required)) {
  test(`--${flag} is required`, () => {
    assert.throws(() => settingsOf({ ...required, [flag]: undefined }), `--${flag} is required`);
  });
}

for (const flag of Object.keys(proxying)) {
  test(`the client certificate flags without --${flag} are refused`, () => {
    assert.throws(() => settingsOf({ ...required, ...proxying, [flag]: '' }), `missing: --${flag}`);
  });
}

test.run();
