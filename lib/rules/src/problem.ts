/** What keeps an object from being as wanted somewhere, in words for people elsewhere. */
import { ApiError, ConnectionError, explain } from '@kubestellar/kube';

/** One thing that is wrong with an object. */
export interface Problem {
  /** One word for programs: the API's reason, or one of ours. */
  readonly reason: string;
  /** One sentence without the object's name, so that the same trouble of many objects reads the same. */
  readonly message: string;
}

/** Longer messages are cut: they are kept and sent by the thousand. */
const MAX_MESSAGE = 400;
/** Answers that tell what is wrong with the object or our rights; the same request gets the same answer. */
const DEFINITE = new Set([400, 403, 413, 415, 422]);

/** @returns what a failed request says about the object of this name */
export function problemOf(error: unknown, name: string): Problem {
  if (error instanceof ApiError) {
    const { status, code, reason } = error;
    return problem(reason || `HTTP${code}`, withoutName(status.message ?? `HTTP ${code}`, name));
  }
  if (error instanceof ConnectionError)
    return problem('Unreachable', error.message.slice(error.message.indexOf('cannot reach ')));
  return problem('Error', explain(error));
}

/** @returns a Problem whose message has its bounded length */
export function problem(reason: string, message: string): Problem {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return { reason, message: line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line };
}

/** Whether trying again changes nothing until someone changes something. */
export function isDefinite(error: unknown): boolean {
  return error instanceof ApiError && DEFINITE.has(error.code);
}

/** `configmaps "x" is forbidden: …` tells the name of each object anew. */
function withoutName(message: string, name: string): string {
  const named = `"${name}" is `;
  const at = message.indexOf(named);
  const lead = message.slice(0, Math.max(at, 0));
  return /^[\w.-]+ $/.test(lead) ? message.slice(at + named.length) : message;
}
