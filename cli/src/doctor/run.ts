import { describe } from '../kubeconfig/describe.ts';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import type { Check, Finding } from './checks.ts';

/**
 * Runs the checks one after the other and prints their results; after an essential one that failed, the
 * others are skipped.
 * @throws CommandFailure with their number when some failed
 */
export async function runChecks(checks: readonly Check[], output: Output): Promise<void> {
  const width = Math.max(...checks.map(({ name }) => name.length));
  let failed = 0;
  for (const [index, check] of checks.entries()) {
    const finding = await findingOf(check);
    if ('detail' in finding) {
      output.result(`ok    ${check.name.padEnd(width)}  ${finding.detail}`);
      continue;
    }
    failed++;
    output.result(`FAIL  ${check.name.padEnd(width)}  ${finding.problem.replaceAll('\n', ' ')}`);
    if (finding.fix) output.result(`      ${' '.repeat(width)}  to fix it: ${finding.fix}`);
    if (check.essential) {
      const rest = checks.slice(index + 1).map(({ name }) => name);
      if (rest.length > 0) output.result(`Not checked because of that: ${rest.join(', ')}`);
      break;
    }
  }
  if (failed > 0) throw new CommandFailure(`${failed} of ${checks.length} checks failed`);
}

async function findingOf(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    return { problem: error instanceof CommandFailure ? error.message : describe(error), fix: check.fix };
  }
}
