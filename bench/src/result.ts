/** An aim of the project, and whether this run reached it. */
export interface Aim {
  name: string;
  value: number;
  limit: number;
  met: boolean;
}

/** What a scenario found out. */
export interface Result {
  scenario: string;
  /** Why the measurement proves nothing; empty when it is valid. */
  invalid: string[];
  aims: Aim[];
  [detail: string]: unknown;
}

/** An aim that is met by a value of at most `limit`. */
export function atMost(name: string, value: number, limit: number): Aim {
  return { name, value, limit, met: value <= limit };
}

/** Peak memory that each program may have at 1,000 objects, in MB. */
const MEMORY = { syncer: 96, controller: 128 };

/** The aims for peak memory, one per program. */
export function memoryAims(peaks: ReadonlyMap<string, { peakMemory: number }>): Aim[] {
  return [...peaks].map(([name, { peakMemory }]) =>
    atMost(
      `peak memory of ${name} (MB)`,
      Math.round(peakMemory),
      name.endsWith('-syncer') ? MEMORY.syncer : MEMORY.controller,
    ),
  );
}

/** @returns the result as lines for a person */
export function formatResult({ scenario, aims, invalid, ...details }: Result): string {
  return [
    `${scenario}: ${JSON.stringify(details, null, 2)}`,
    ...aims.map(
      ({ name, value, limit, met }) => `${met ? 'met   ' : 'MISSED'} ${name}: ${value} (at most ${limit})`,
    ),
    ...invalid.map((reason) => `NOT VALID: ${reason}`),
  ].join('\n');
}
