import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import { domainName } from '../shell/hosts.ts';

/** `kubestellar-ensure-kcp-server-creds`. */
export const ensureKcpServerCreds: Command = {
  name: 'kubestellar-ensure-kcp-server-creds',
  summary:
    'Makes sure that the PKI in ./pki, which may be of Easy-RSA 3, has a certificate and key for kcp to serve DOMAIN,\n' +
    'and prints three words for bash: the pathnames of the CA certificate, the server certificate and its key.',
  synopsis: '[flags] DOMAIN',
  options: ['-X: accepted for compatibility'],
  example: 'kubestellar-ensure-kcp-server-creds kcp.example.com',
  flags: {},
  kubectlFlags: false,
  async run({ words }, output) {
    const [word, ...more] = words;
    if (word === undefined || more.length > 0)
      throw new UsageError(`expected one domain name, got ${words.length} arguments`);
    const domain = domainName(word);
    const { ensureServerCredentials } = await import('../pki/server-creds.ts');
    await ensureServerCredentials(process.cwd(), domain, output);
  },
};
