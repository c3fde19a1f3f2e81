export {
  type Child,
  type ChildOptions,
  mustRunChild,
  mustRunChildSync,
  runChild,
  runChildSync,
  startChild,
} from './child.ts';
export { onDeath } from './death.ts';
export { startTimeOf } from './identity.ts';
export { LockedError, takeLock } from './lock.ts';
export { PROGRAM_ENVIRONMENT, PROGRAM_NODE_FLAGS } from './node-flags.ts';
export type { Ended } from './output.ts';
export { requireOwnFolder } from './own-folder.ts';
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
