/**
 * Runs beside the volume of a core that stands still, in a pod that `kubectl kubestellar backup` and `restore` make:
 *   kubestellar-data wait            does nothing until it is ended
 *   kubestellar-data save FOLDER     writes the folder to standard output; what to tell of it comes by standard input
 *   kubestellar-data load FOLDER     puts what comes by standard input in place of the folder's contents
 */
import { text } from 'node:stream/consumers';
import { load, save } from './archive.ts';

/** Longest time that a pod may be left over (milliseconds). */
const LONGEST = 6 * 3600_000;

const [action, folder = ''] = process.argv.slice(2);
try {
  if (action === 'wait') await forAWhile();
  else if (action === 'save' && folder) await save(folder, await text(process.stdin), process.stdout);
  else if (action === 'load' && folder) console.log(`${await load(folder, process.stdin)} files`);
  else throw new Error('usage: kubestellar-data wait | save FOLDER | load FOLDER');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function forAWhile(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LONGEST);
    process.on('SIGTERM', () => process.exit(0));
  });
}
