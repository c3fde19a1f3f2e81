const LAST_LINES = 12;

const CAUSES: readonly { pattern: RegExp; advice: string }[] = [
  {
    pattern: /no space left on device|disk quota exceeded/i,
    advice:
      'The disk is full. Free some space ("go clean -cache" empties Go\'s build cache), or point GOCACHE, GOMODCACHE, ' +
      'TMPDIR and XDG_CACHE_HOME to a bigger disk; then run the same command again, it goes on from here.',
  },
  {
    pattern: /checksum mismatch|SECURITY ERROR/,
    advice:
      'A module differs from what this repository was built with: its checksum is not the committed one. Use another ' +
      'GOPROXY; if "go clean -modcache" does not help either, do not trust that source.',
  },
  {
    pattern: /missing go\.sum entry|updates to go\.(mod|sum) needed/,
    advice: 'go.mod and go.sum of the module do not belong together; restore both from the repository.',
  },
  {
    pattern: /signal: killed|cannot allocate memory/,
    advice: 'The machine ran out of memory. End other programs, or set GOFLAGS=-p=1, and run it again.',
  },
  {
    pattern:
      /dial tcp|no such host|i\/o timeout|connection re(fused|set)|proxyconnect|TLS handshake|network is unreachable|module lookup disabled|x509:|unexpected EOF|: (40[347]|410|50\d) /,
    advice:
      'Go could not download modules. Check the network; behind a proxy set HTTPS_PROXY, with a company mirror set ' +
      "GOPROXY. Without any network, copy the cache folder (and Go's module cache) from a machine that has it, or put " +
      'the tools on $PATH. Then run the same command again, it goes on from here.',
  },
  {
    pattern: /permission denied|read-only file system/,
    advice: 'Go may not write to one of its folders: see "go env GOCACHE GOMODCACHE" and TMPDIR.',
  },
];

/**
 * The message about a failed Go command: what failed, the likely cause with what to do, the last lines of its
 * output, and the log's path.
 */
export function explainGoFailure(what: string, output: string, logPath?: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !isProgress(line));
  const advice = CAUSES.find(({ pattern }) => lines.some((line) => pattern.test(line)))?.advice;
  return [
    `${what} failed. ${advice ?? 'The last lines of its output tell why:'}`,
    ...lines.slice(-LAST_LINES).map((line) => `  ${line}`),
    ...(logPath === undefined ? [] : [`The whole output is in ${logPath}.`]),
  ].join('\n');
}

/** Whether a line of `go build -v` only tells that a module is downloaded. */
export function isDownload(line: string): boolean {
  return line.startsWith('go: downloading ');
}

/** Whether a line of `go build -v` only names a package that was compiled. */
export function isCompiled(line: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(line);
}

function isProgress(line: string): boolean {
  return isDownload(line) || isCompiled(line);
}
