import type { SourceFile } from './files.ts';

/** A text for bash with values in it: not quoted, and so only right while nothing odd is in them. */
const UNQUOTED = /\b(?:sh|must|direct)\(\s*`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*\$\{/g;

/** Files that still have so many of them; to be made fewer, never more. */
const STILL_UNQUOTED: Readonly<Record<string, number>> = {
  'e2e/cli/effects.test.ts': 2,
  'e2e/cli/reference.test.ts': 1,
  'e2e/hosted/chart.test.ts': 6,
  'e2e/install/smoke.test.ts': 13,
  'e2e/model/model.test.ts': 2,
  'e2e/security/hostile.test.ts': 1,
  'e2e/semantics/view.test.ts': 31,
  'e2e/support/commands/revoke-syncer.ts': 1,
  'e2e/support/core.ts': 1,
  'e2e/support/hosted/backup.ts': 3,
  'e2e/support/hosted/bootstrap.ts': 5,
  'e2e/support/hosted/etcd.ts': 3,
  'e2e/support/hosted/exposure.ts': 3,
  'e2e/support/hosted/failures.ts': 2,
  'e2e/support/hosted/issuer.ts': 1,
  'e2e/support/hosted/mistakes.ts': 3,
  'e2e/support/hosted/release.ts': 8,
  'e2e/support/hosted/releases.ts': 6,
  'e2e/support/hosted/rotation.ts': 6,
  'e2e/support/hosted/router.ts': 4,
  'e2e/support/hosted/traefik.ts': 3,
  'e2e/support/hosted/view.ts': 2,
  'e2e/support/hosted/wec.ts': 4,
  'e2e/support/kind.ts': 1,
  'e2e/support/rules/denatured-limits.ts': 1,
  'e2e/support/shell.ts': 1,
  'e2e/support/workloads/workloads.ts': 1,
  'e2e/sync/client.test.ts': 1,
  'e2e/sync/every-kind.test.ts': 1,
  'e2e/sync/lifecycle.test.ts': 1,
  'e2e/sync/matrix.test.ts': 1,
  'e2e/workloads/workloads.test.ts': 6,
};

/**
 * Checks that the scripts of end-to-end tests which have values are templates, whose values are quoted
 * (e2e/support/script.ts). Returns one line for each file that has more others, or fewer, than are known.
 */
export function checkScripts(files: readonly SourceFile[], known = STILL_UNQUOTED): string {
  const e2e = files.filter(({ path }) => path.startsWith('e2e/') && path.endsWith('.ts'));
  const counts = new Map(e2e.map(({ path, content }) => [path, content.match(UNQUOTED)?.length ?? 0]));
  for (const path of Object.keys(known)) if (!counts.has(path)) counts.set(path, 0);
  return [...counts]
    .filter(([path, count]) => count !== (known[path] ?? 0))
    .map(([path, count]) => {
      const allowed = known[path] ?? 0;
      return count > allowed
        ? `${path}: ${count - allowed} scripts have values that are not quoted; write must\`… \${value}\``
        : `${path}: has ${count} unquoted scripts only; say so in dev/scripts/lint/scripts.ts`;
    })
    .join('\n');
}
