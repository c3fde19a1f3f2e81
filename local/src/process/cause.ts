/** What a line in the log of a Go server means to the person in front of it. */
const CAUSES: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /address already in use/,
    'Another program took its port just before. Run npm start again: it then chooses another port.',
  ],
  [
    /no space left on device|disk quota exceeded/i,
    'The disk is full. Free a gigabyte or more, then run npm start again.',
  ],
  [
    /too many open files/,
    'The limit of open files is too low. Raise it (ulimit -n 65536), then run npm start again.',
  ],
  [
    /permission denied/,
    'A file or folder of the state is not accessible to you. Is it owned by another user (ls -l)?',
  ],
  [
    /cannot allocate memory|out of memory/i,
    'There is not enough memory. Two clusters and kcp need about 3 GB; end other programs or start fewer with --wecs 1.',
  ],
  [
    /wal: |snap: |database file .* corrupt|crc mismatch|panic: .*(wal|bolt|freepages)/i,
    'Its database is damaged, perhaps by a crash of the machine. Start afresh: npm stop -- --purge && npm start',
  ],
];

/** The likely cause of a server's death by the end of its log, in one line. */
export function likelyCause(log: string): string {
  const known = CAUSES.find(([pattern]) => pattern.test(log));
  return (
    known?.[1] ??
    'If the lines above do not tell: was it killed, for want of memory (see dmesg)? Run npm start again.'
  );
}
