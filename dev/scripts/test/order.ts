/** What the runner sends to a process that runs several files: one of them, and where to report it. */
export interface Order {
  file: string;
  report: string;
  /** Where to write which functions it has called (see calls.ts), if that is to be known. */
  calls?: string;
}

/** Such a process prints it after all that a file has printed, and then sends the file's exit code. */
export const END_OF_OUTPUT = '\u0000end of the file\n';
