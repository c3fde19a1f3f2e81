import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CA } from '@kubestellar/pki';
import { assert, suite } from '@kubestellar/testing';
import { type CredentialFiles, pathsOf, readCredentials } from './credentials.ts';

const test = suite('the certificates of the workspace proxy');

let folder: string;
let files: CredentialFiles;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-credentials-'));
  const ca = await CA.create('test');
  const pair = await ca.issue({ commonName: 'server', dnsNames: ['localhost'] });
  const other = await ca.issue({ commonName: 'other', dnsNames: ['localhost'] });
  const write = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  files = {
    coreCA: await write('ca.crt', ca.certificate),
    serving: { certificate: await write('tls.crt', pair.certificate), key: await write('tls.key', pair.key) },
    proxying: {
      clientCAs: await write('clients.crt', ca.certificate),
      proxy: { certificate: await write('p.crt', other.certificate), key: await write('p.key', other.key) },
    },
  };
});
test.after(() => rm(folder, { recursive: true }));

const errorOf = (of: CredentialFiles) => readCredentials(of).catch((error: unknown) => String(error));

test('all files are known by their paths', () => {
  assert.is(new Set(pathsOf(files)).size, 6);
  assert.equal(pathsOf({ ...files, proxying: undefined }).length, 3);
});

test('what is in the files is read', async () => {
  const read = await readCredentials(files);
  assert.match(read.serving.certificate, 'BEGIN CERTIFICATE');
  assert.match(read.proxying?.proxy.key ?? '', 'PRIVATE KEY');
  assert.is((await readCredentials({ ...files, proxying: undefined })).proxying, undefined);
});

test('a key of another certificate, and what is no certificate, is refused by its path', async () => {
  const mixed = { certificate: files.serving.certificate, key: files.proxying?.proxy.key ?? '' };
  assert.match(
    String(await errorOf({ ...files, serving: mixed })),
    /tls\.crt with the key .*p\.key cannot be used/,
  );
  const broken = join(folder, 'broken.crt');
  await writeFile(broken, '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n');
  const { key } = files.serving;
  const serving = { certificate: broken, key };
  assert.match(String(await errorOf({ ...files, serving })), /broken\.crt with the key .* cannot be used/);
  assert.match(String(await errorOf({ ...files, coreCA: join(folder, 'missing') })), 'ENOENT');
});

test.run();
