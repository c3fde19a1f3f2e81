import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import { domainName } from '../shell/hosts.ts';
import { OUTPUT_FLAG, OUTPUT_OPTION, wantsJson } from '../shell/report.ts';

/** `kubestellar-ensure-kcp-server-creds`. */
export const ensureKcpServerCreds: Command = {
  name: 'kubestellar-ensure-kcp-server-creds',
  summary:
    'Makes sure that the PKI in ./pki, which may be of Easy-RSA 3, has a certificate and key for kcp to serve DOMAIN,\n' +
    'and prints three words for bash: the pathnames of the CA certificate, the server certificate and its key.',
  synopsis: '[flags] DOMAIN',
  options: [OUTPUT_OPTION, '-X: accepted for compatibility'],
  example: 'kubestellar-ensure-kcp-server-creds kcp.example.com',
  flags: OUTPUT_FLAG,
  completion: { flags: { output: ['json'] } },
  kubectlFlags: false,
  async run({ words, flags }, output) {
    const [word, ...more] = words;
    if (word === undefined || more.length > 0)
      throw new UsageError(`expected one domain name, got ${words.length} arguments`);
    const domain = domainName(word);
    const json = wantsJson(flags);
    const { asJson, asWords, ensureServerCredentials } = await import('../pki/server-creds.ts');
    const files = await ensureServerCredentials(process.cwd(), domain, output);
    output.result(json ? asJson(files) : asWords(files));
  },
};
