/**
 * Runs beside the volume of a stopped core, in a pod that `kubectl kubestellar backup` and `restore` create:
 *   kubestellar-data wait            does nothing until it is ended
 *   kubestellar-data save FOLDER     writes the folder to standard output; reads the description from standard input
 *   kubestellar-data load FOLDER     replaces the folder's contents by the backup on standard input
 */
import { text } from 'node:stream/consumers';
import { load, save } from './archive.ts';

/** Longest time that an orphaned pod runs (milliseconds). */
const LONGEST = 6 * 3600_000;

const [action, folder = ''] = process.argv.slice(2);
try {
  if (action === 'wait') await waitForEnd();
  else if (action === 'save' && folder) await save(folder, await text(process.stdin), process.stdout);
  else if (action === 'load' && folder) console.log(`${await load(folder, process.stdin)} files`);
  else throw new Error('usage: kubestellar-data wait | save FOLDER | load FOLDER');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LONGEST);
    process.on('SIGTERM', () => process.exit(0));
  });
}
