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

/** Memory that a program may use at 1,000 objects, in MB. */
export const MEMORY = { syncer: 96, controller: 128 };

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
