/** The part of Kubernetes' `Status` object that explains a failed request. */
export interface StatusBody {
  message?: string;
  reason?: string;
  code?: number;
  details?: { retryAfterSeconds?: number; causes?: { field?: string; message?: string; reason?: string }[] };
}

/** A response with an HTTP error. The message never contains headers or bodies of the request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly status: StatusBody;
  /** Seconds that the server requests to wait, if any. */
  readonly retryAfter: number | undefined;

  constructor(request: string, code: number, status: StatusBody, retryAfter?: number) {
    super(`${request}: ${status.message ?? `HTTP ${code}`}`);
    this.code = code;
    this.reason = status.reason ?? '';
    this.status = status;
    this.retryAfter = retryAfter ?? status.details?.retryAfterSeconds;
  }
}

/** A server that is unreachable, or a connection that broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** The server has accepted the connection, but did not respond. */
  readonly isTimeout: boolean;

  constructor(request: string, server: string, cause: unknown) {
    const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
    const isTimeout = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'].includes(code);
    const what = isTimeout
      ? `no response from ${server} in time`
      : `cannot reach ${server}: ${explain(cause)}`;
    super(`${request}: ${what}`, { cause });
    this.isTimeout = isTimeout;
  }
}

/**
 * Whether `error` is a server's response with one of `codes`.
 * @returns true for an ApiError with one of these HTTP status codes
 */
export function isApiError(error: unknown, ...codes: number[]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));
}

/** @returns true when the server reports that the object (or its type) does not exist */
export const isNotFound = (error: unknown): error is ApiError => isApiError(error, 404);

/** @returns true when the write lost a race (stale resourceVersion or uid) or the object already exists */
export const isConflict = (error: unknown): error is ApiError => isApiError(error, 409);

/** @returns true when the object to create already exists */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  isApiError(error, 409) && error.reason === 'AlreadyExists';

/** @returns true when trying the same request again later may succeed */
export function isRetriable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return isApiError(error, 408, 409, 410, 425, 429, 500, 502, 503, 504);
}

/**
 * One line for users about anything that was thrown.
 * @returns the innermost useful message
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0]);
  if (error.message === '' && error.cause !== undefined) return explain(error.cause);
  if (code && !error.message.includes(code)) return `${error.message} (${code})`;
  return error.message;
}
