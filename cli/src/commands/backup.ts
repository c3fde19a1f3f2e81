import type { Command } from '../shell/command.ts';
import { UsageError } from '../shell/failure.ts';
import type { CommandLine } from '../shell/flags.ts';

const COMMON = [
  '-n NAMESPACE: the namespace of the core; default kubestellar',
  '-X: accepted for compatibility',
];

function fileOf({ words, flags }: CommandLine, flag: string): string {
  if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
  const [file = '', another] = flags.texts(flag);
  if (file === '' || another !== undefined) throw new UsageError(`-${flag} FILE must be given exactly once`);
  return file;
}

/** `kubectl kubestellar backup`: all that a hosted core has, in one file. */
export const backup: Command = {
  name: 'kubectl kubestellar backup',
  summary: 'Writes the data and the keys of a hosted core to a file; the core stands still meanwhile.',
  synopsis: '-o FILE [flags]',
  options: ['-o FILE: where to write it, readable by you only; required', ...COMMON],
  example: 'kubectl kubestellar backup -n kubestellar -o core.backup',
  flags: { o: { kind: 'strings' } },
  async run(line, output) {
    const file = fileOf(line, 'o');
    const { backUp } = await import('../hosted/backup.ts');
    await backUp({ file, flags: line.flags }, output);
  },
};

/** `kubectl kubestellar restore`: puts a backup in place of what a hosted core has. */
export const restore: Command = {
  name: 'kubectl kubestellar restore',
  summary:
    'Puts a backup in place of the data and the keys of a hosted core: what it has now is lost. Clients go on by the kubeconfigs of the backup.',
  synopsis: '-i FILE [flags]',
  options: ['-i FILE: what "kubectl kubestellar backup" wrote; required', ...COMMON],
  example: 'kubectl kubestellar restore -n kubestellar -i core.backup',
  flags: { i: { kind: 'strings' } },
  async run(line, output) {
    const file = fileOf(line, 'i');
    const { restoreFrom } = await import('../hosted/restore.ts');
    await restoreFrom({ file, flags: line.flags }, output);
  },
};
