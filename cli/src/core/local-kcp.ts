import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { CommandFailure } from '../shell/failure.ts';

/** @throws CommandFailure unless a process of this machine has an executable named exactly "kcp" */
export function requireLocalKcp(): void {
  const names = process.platform === 'linux' ? namesFromProc() : namesFromPs();
  if (names.includes('kcp')) return;
  throw new CommandFailure(
    'kcp is not running - please start it .... (or say --local-kcp false if it runs elsewhere)',
  );
}

function namesFromProc(): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => executableOf(pid) ?? nameOf(pid) ?? '');
}

/** Undefined for processes of other users; a replaced executable has " (deleted)" behind its path. */
function executableOf(pid: string): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
  } catch {
    return undefined;
  }
}

function nameOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function namesFromPs(): string[] {
  const lines = execFileSync('ps', ['-axo', 'comm='], { encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\n');
  return lines.map((line) => basename(line.trim()));
}
