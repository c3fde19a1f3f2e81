import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';

/** `kubectl kubestellar rotate-certs`: renews what a hosted core and its clients prove themselves by. */
export const rotateCerts: Command = {
  name: 'kubectl kubestellar rotate-certs',
  summary:
    'Has the certificates of a hosted core and its kubeconfigs issued anew, and waits until they are in use.',
  synopsis: '[--authorities] [flags]',
  options: [
    '--authorities: replaces the certificate authorities, too; clients of the former ones go on for a while',
    '-n NAMESPACE: the namespace of the core; default kubestellar',
    '-X: accepted for compatibility',
  ],
  example: 'kubectl kubestellar rotate-certs --authorities -n kubestellar',
  flags: { authorities: { kind: 'switch' } },
  async run({ words, flags }, output) {
    if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
    const { rotateCertificates } = await import('../hosted/rotate.ts');
    await rotateCertificates({ authorities: flags.flag('authorities'), flags }, output);
  },
};
