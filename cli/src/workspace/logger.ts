import type { Logger } from '@kubestellar/program';

/**
 * A command has no log: only problems of the client layer matter, and of these only the `reason`.
 * @param onProblem called for each warning and error, and for failures that are usual during a wait
 */
export function commandLogger(onProblem: (reason: string, level: 'usual' | 'warning') => void): Logger {
  const ignore = () => undefined;
  const report = (level: 'usual' | 'warning') => (fields: { reason?: string }) => {
    if (fields.reason) onProblem(fields.reason, level);
  };
  const [usual, warning] = [report('usual'), report('warning')];
  const logger = { trace: ignore, debug: usual, info: ignore, warn: warning, error: warning, fatal: warning };
  // The client layer calls these methods only; a real pino logger would take longer to load than the command runs.
  return logger as unknown as Logger;
}
