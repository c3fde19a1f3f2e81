export {
  type Child,
  type ChildOptions,
  mustRunChild,
  mustRunChildSync,
  runChild,
  runChildSync,
  startChild,
} from './child.ts';
export { parseCommandLine, runProgram, UsageError, wholeNumber } from './command-line.ts';
export { onDeath } from './death.ts';
export { runningPrograms, startTimeOf } from './identity.ts';
export {
  type Lock,
  LockedError,
  type LockHolder,
  lockHolder,
  takeLock,
  tryLock,
  waitForLock,
} from './lock.ts';
export { PROGRAM_ENVIRONMENT, PROGRAM_NODE_FLAGS } from './node-flags.ts';
export type { Ended } from './output.ts';
export { requireOwnFolder } from './own-folder.ts';
export {
  allPids,
  bootId,
  commandLineOf,
  descendantsOf,
  environmentOf,
  executableOf,
  listeningSockets,
  openFilesOf,
  programOf,
  residentOf,
  statOf,
  statusOf,
} from './proc.ts';
export {
  type DetachedProcess,
  isRunning,
  lastLines,
  startDetached,
  stopProcess,
  stopRecorded,
} from './processes.ts';
export {
  type ProcessRecord,
  readRecord,
  readRecords,
  recordPath,
  removeRecord,
  writeRecord,
} from './records.ts';
