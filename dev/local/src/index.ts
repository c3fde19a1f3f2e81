/** Brings up KubeStellar on this machine, whole or in parts; for `npm start`, and for tests on real servers. */

export type { DemoResult } from './demo.ts';
export { Interrupted, LocalError } from './errors.ts';
export { ensureKcp, type Kcp } from './kcp.ts';
export { IMW, WMW } from './names.ts';
export { elapsedLog, newRun, type Run } from './run.ts';
export { type LocalSetup, type StartOptions, startLocal } from './start.ts';
export { StateFolder, stateFolderOf } from './state/folder.ts';
export { type StopOptions, stopLocal } from './stop.ts';
export { ensureWec, stopWec, type Wec } from './wec/wec.ts';
