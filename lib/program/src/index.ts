export { Counter, Gauge, type Registry } from 'prom-client';
export {
  type Controller,
  type ControllerContext,
  type ControllerProgram,
  runController,
} from './controller.ts';
export { connectionFlags, connectionFrom, type Flags, numberFlag, parseFlags, UsageError } from './flags.ts';
export { createLogger, type Logger } from './logger.ts';
export { observeQueue } from './metrics.ts';
export { type Program, type ProgramContext, runProgram, whenAborted } from './program.ts';
export { observedQueue } from './queue.ts';
export { createRegistry, serveHealth } from './server.ts';
