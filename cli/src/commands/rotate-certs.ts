import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

/** `kubectl kubestellar rotate-certs`: renews the certificates of a hosted core and its clients. */
export const rotateCerts: Command = {
  name: 'kubectl kubestellar rotate-certs',
  summary: 'Renews the certificates and kubeconfigs of a hosted core, and waits until they are in use.',
  synopsis: '[--authorities] [flags]',
  options: [
    '--authorities: replaces the CAs, too; clients of the previous CAs are accepted for a while',
    '-n NAMESPACE: the namespace of the core; default kubestellar',
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar rotate-certs --authorities -n kubestellar',
  flags: { authorities: { kind: 'switch' } },
  async run({ words, flags }, output) {
    if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
    const { rotateCertificates } = await import('../hosted/rotate.ts');
    await rotateCertificates({ cas: flags.flag('authorities'), flags }, output);
  },
};
