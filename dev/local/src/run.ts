import type { ProcessRecord } from '@kubestellar/process';
import type { StateFolder } from './state/folder.ts';

/** One run of `npm start`, or of a part of it: where its state is, how it tells, and what ends it early. */
export interface Run {
  state: StateFolder;
  /** Tells the person one line. */
  log: (line: string) => void;
  signal: AbortSignal;
  /** The processes that this run has started, in order; a run that fails ends these and no others. */
  started: ProcessRecord[];
  /** What else to undo when the run fails, after its processes have ended. */
  undo: (() => Promise<void>)[];
}

/** A run that starts now. */
export function newRun(state: StateFolder, log: (line: string) => void, signal: AbortSignal): Run {
  return { state, log, signal, started: [], undo: [] };
}

/** Lines with the seconds since now in front, as in "[12s] kcp: serving". */
export function elapsedLog(write: (line: string) => void): (line: string) => void {
  const begin = Date.now();
  return (line) => {
    const seconds = `[${Math.round((Date.now() - begin) / 1000)}s] `;
    write(seconds + line.replaceAll('\n', `\n${' '.repeat(seconds.length)}`));
  };
}
