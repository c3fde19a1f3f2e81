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
    'There is not enough memory. kcp and two clusters need about 3 GB; end other programs or start fewer with --wecs 1.',
  ],
  [
    /panic: cannot use none as id|wal: |walpb|snap: |corrupt|crc mismatch|panic: .*(wal|bolt|freepages|invalid database)/i,
    'Its database is damaged, perhaps by a crash of the machine. Start afresh: npm stop -- --purge && npm start',
  ],
  [
    /^panic: /m,
    'It crashed. Run npm start again; if that happens again, start afresh: npm stop -- --purge && npm start',
  ],
];

/** A line by which a Go server says why it ends. */
const LAST_WORDS = /^panic|"(panic|fatal)"|^F\d{4}|"command failed"|^(fatal )?error:/i;
const SHOWN_LINES = 8;
const SHOWN_CHARACTERS = 300;

/** The likely cause of a server's death by the end of its log, in one line. */
export function likelyCause(log: string): string {
  const known = CAUSES.find(([pattern]) => pattern.test(log));
  return (
    known?.[1] ??
    'If these lines do not tell, it may have been killed, for want of memory for example. Run npm start again.'
  );
}

/** The lines at the end of a log that tell most: from the server's last words on, else the last ones. */
export function tellingLines(log: string): string {
  const lines = log.trimEnd().split('\n');
  const words = lines.findIndex((line) => LAST_WORDS.test(line));
  const shown = words >= 0 ? lines.slice(words, words + SHOWN_LINES) : lines.slice(-SHOWN_LINES);
  return shown.map((line) => line.slice(0, SHOWN_CHARACTERS)).join('\n');
}
