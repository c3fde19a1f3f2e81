/** Why an object is not as desired somewhere, in a message for users elsewhere. */
import { ApiError, ConnectionError, explain } from '@kubestellar/kube';

/** One problem of an object. */
export interface Problem {
  /** Machine-readable reason in CamelCase: the API's, or one of ours. */
  readonly reason: string;
  /** One sentence without the object's name, so that the same problem of many objects reads the same. */
  readonly message: string;
}

/** Longer messages are cut: they are kept and sent by the thousand. */
const MAX_MESSAGE = 400;
/** Status codes that blame the object or our permissions; the same request gets the same response. */
const DEFINITE = new Set([400, 403, 413, 415, 422]);

/** @returns the problem that a failed request reports about the object of this name */
export function problemOf(error: unknown, name: string): Problem {
  if (error instanceof ApiError) {
    const { status, code, reason } = error;
    return problem(reason || `HTTP${code}`, withoutName(status.message ?? `HTTP ${code}`, name));
  }
  if (error instanceof ConnectionError)
    return problem('Unreachable', error.message.slice(error.message.indexOf('cannot reach ')));
  return problem('Error', explain(error));
}

/** @returns a Problem with a message of limited length */
export function problem(reason: string, message: string): Problem {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return { reason, message: line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line };
}

/** Whether retrying is useless until someone changes something. */
export function isDefinite(error: unknown): boolean {
  return error instanceof ApiError && DEFINITE.has(error.code);
}

/** `configmaps "x" is forbidden: …` repeats the name of each object. */
function withoutName(message: string, name: string): string {
  const named = `"${name}" is `;
  const at = message.indexOf(named);
  const lead = message.slice(0, Math.max(at, 0));
  return /^[\w.-]+ $/.test(lead) ? message.slice(at + named.length) : message;
}
