import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalHome } from './local.ts';

/** @returns the metrics of a program of npm start, or undefined as long as it does not serve them */
async function metricsOf(home: LocalHome, program: string): Promise<string | undefined> {
  const log = await readFile(join(home.path, 'logs', `${program}-log.txt`), 'utf8');
  // The port is another one when the usual one is taken.
  const address = [...log.matchAll(/"address":"([^"]+)","msg":"serving/g)].at(-1)?.[1];
  if (!address) return undefined;
  const answer = await fetch(`http://${address}/metrics`);
  return answer.text();
}

/** @returns how many evaluations of what tenants write took more than they may, since the translator's start */
export async function evaluationsOverBudget(home: LocalHome): Promise<number | undefined> {
  const text = await metricsOf(home, 'placement-translator').catch(() => undefined);
  if (!text?.includes('kubestellar_evaluations_total')) return undefined;
  const found = text.matchAll(/^kubestellar_evaluations_total\{[^}]*outcome="(?:over|ended)"[^}]*\} (\d+)/gm);
  return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
}
