/**
 * Runs test files one after the other in this process, as the messages of the one that started it name them. What all
 * of them import is loaded once.
 */
import { pathToFileURL } from 'node:url';
import { runFile } from '../../../lib/testing/src/index.ts';
import { CallCounter } from './calls.ts';
import { END_OF_OUTPUT, type Order } from './order.ts';

const counter = new CallCounter();

process.on('message', ({ file, report, calls }: Order) => {
  if (calls) counter.begin();
  void runAlone(file, report).then((code) => {
    if (calls) counter.write(calls);
    process.stdout.write(END_OF_OUTPUT, () => process.send?.(code));
  });
});
process.on('disconnect', () => process.exit());

/** Runs a file so that the next one finds environment, folder and exit code as this one did. */
async function runAlone(file: string, report: string): Promise<number> {
  const [env, folder] = [{ ...process.env }, process.cwd()];
  const code = await runFile(() => import(pathToFileURL(file).href), report);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(folder);
  process.exitCode = undefined;
  return code;
}
