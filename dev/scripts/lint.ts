/**
 * Checks the whole tree; every check runs even if another fails. Exit code 1 if one failed.
 * Usage: node dev/scripts/lint.ts
 */
import { runChecks } from './lint/checks.ts';

const failed = await runChecks();
process.exitCode = failed.length === 0 ? 0 : 1;
