import { type ProcessRecord, stopProcess } from '@kubestellar/process';
import { messageOf } from '../errors.ts';

/** Who needs whom: each step ends processes that no longer have clients then. */
const STEPS: readonly (readonly [what: string, names: RegExp])[] = [
  ['syncers', /-syncer$/],
  ['the view', /^view$/],
  ['cluster controllers', /-(kwok|scheduler|controller-manager)$/],
  ['API servers', /^kcp$|-apiserver$/],
  ['the rest', /./],
];

/** What became of the processes to end. */
export interface StopOutcome {
  /** Those that were running, and are not any more. */
  ended: ProcessRecord[];
  /** Those that could not be ended, with the reason. */
  failures: string[];
}

/**
 * Ends processes, clients before their servers, and what does not depend on each other at the same time.
 * @param graceSeconds how long each may take to end by itself before it is killed
 * @param onStep told of each step that ended any
 */
export async function stopInOrder(
  records: readonly ProcessRecord[],
  graceSeconds: number,
  onStep?: (what: string, ended: readonly ProcessRecord[]) => void,
): Promise<StopOutcome> {
  const outcome: StopOutcome = { ended: [], failures: [] };
  let left = [...records];
  for (const [what, names] of STEPS) {
    const step = left.filter(({ name }) => names.test(name));
    left = left.filter(({ name }) => !names.test(name));
    const ended = await endAll(step, graceSeconds, outcome.failures);
    outcome.ended.push(...ended);
    if (ended.length > 0) onStep?.(what, ended);
  }
  return outcome;
}

async function endAll(records: readonly ProcessRecord[], graceSeconds: number, failures: string[]) {
  const outcomes = await Promise.all(
    records.map((record) =>
      stopProcess(record, { graceMs: graceSeconds * 1000 }).catch((error: unknown) => {
        failures.push(messageOf(error));
        return false;
      }),
    ),
  );
  return records.filter((_, index) => outcomes[index]);
}
