/** A failure that a person can act on: its message says what failed, the likely cause and what to do. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
}

/** The run was interrupted by its caller; what it had started has been stopped or is about to be. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** @throws Interrupted when `signal` has fired */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted();
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a Node system error (`ENOENT` …); undefined for everything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
