import type { StatusReport } from './report.ts';

/** @returns the lines of the status as text */
export function renderStatus({ server, controllers, locations, placements }: StatusReport): string[] {
  const troubled = [...controllers, ...locations, ...placements].filter(({ trouble }) => trouble).length;
  const stateOf = (trouble: string | undefined) => trouble ?? 'ok';
  return [
    `Core at ${server}: ${troubled === 0 ? 'all is well' : `${troubled} problem(s)`}`,
    '',
    ...table(
      ['CONTROLLER', 'STATE', ''],
      controllers.map(({ name, state, trouble }) => [name, state, trouble ?? '']),
    ),
    '',
    ...table(
      ['LOCATION', 'WORKSPACE', 'HEARTBEAT', 'STATE'],
      locations.map(({ name, workspace, heartbeatAge, trouble }) => [
        name,
        workspace,
        heartbeatAge === undefined ? 'never' : `${heartbeatAge} s ago`,
        stateOf(trouble),
      ]),
    ),
    '',
    ...table(
      ['PLACEMENT', 'WORKSPACE', 'LOCATIONS', 'IN SYNC', 'STATE'],
      placements.map(({ name, workspace, locations: count, wanted, applied, trouble }) => [
        name,
        workspace,
        count === undefined ? '?' : String(count),
        wanted === undefined ? '?' : `${applied ?? '?'}/${wanted}`,
        stateOf(trouble),
      ]),
    ),
  ];
}

/** Columns as wide as their widest cell, two spaces between them. */
function table(head: string[], rows: string[][]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return rows.length > 0 ? lines.map((line) => line.trimEnd()) : [head.join('  ').trimEnd(), '(none)'];
}
