import type { Logger } from '@kubestellar/program';

/**
 * A command has no log: of what the client layer logs only troubles matter, and only as `reason`s.
 * @param trouble called for each warning and error, and for failures that are usual while one waits
 */
export function commandLogger(trouble: (reason: string, level: 'usual' | 'warning') => void): Logger {
  const silent = () => undefined;
  const tell = (level: 'usual' | 'warning') => (fields: { reason?: string }) => {
    if (fields.reason) trouble(fields.reason, level);
  };
  const [usual, warning] = [tell('usual'), tell('warning')];
  const logger = { trace: silent, debug: usual, info: silent, warn: warning, error: warning, fatal: warning };
  // The client layer calls these methods only; a real pino logger would take longer to load than to work.
  return logger as unknown as Logger;
}
