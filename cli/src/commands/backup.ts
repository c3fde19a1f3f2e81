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

/** `kubectl kubestellar backup`: saves all data of a hosted core in one file. */
export const backup: Command = {
  name: 'kubectl kubestellar backup',
  summary: 'Writes the data and the keys of a hosted core to a file; the core is stopped meanwhile.',
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

/** `kubectl kubestellar restore`: replaces the data of a hosted core by a backup. */
export const restore: Command = {
  name: 'kubectl kubestellar restore',
  summary:
    'Replaces the data and the keys of a hosted core by a backup: its present data is lost. The kubeconfigs of the backup are valid again.',
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
