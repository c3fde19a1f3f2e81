import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

const SECRET_FIELDS = ['token', 'authorization', 'password', 'kubeconfig', 'data', 'stringData', 'headers'];

/**
 * Makes a program's logger: JSON lines, or readable lines on a terminal, always on stderr.
 * Fields that may contain secrets are redacted at the top level and one level down.
 * @param verbosity klog's -v: 2 is info, 3 and more debug, 0 warnings only
 */
export function createLogger(program: string, verbosity = 2): Logger {
  const level = verbosity >= 5 ? 'trace' : verbosity >= 3 ? 'debug' : verbosity >= 1 ? 'info' : 'warn';
  const redact = [...SECRET_FIELDS, ...SECRET_FIELDS.map((field) => `*.${field}`)];
  const options = { name: program, level, redact, base: { program } };
  if (!process.stderr.isTTY) return pino(options, pino.destination(2));
  return pino(
    options,
    pretty({ destination: 2, ignore: 'pid,hostname,program,name', translateTime: 'HH:MM:ss.l', sync: true }),
  );
}
