/** A failure to provide a tool; the message tells a person what failed, the likely cause and what to do. */
export class ToolchainError extends Error {
  override name = 'ToolchainError';
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error code of Node's system errors (`ENOENT` …), undefined for everything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
