import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';
import { Problem } from './problem.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The same signal within this time is the same wish: Ctrl-C reaches us from the terminal and from npm. */
const SAME_WISH_MS = 500;

/**
 * Runs a program in the clone's root with our stdin, stdout and stderr. Returns its exit code (128 + n for signal n)
 * and the first signal that we were sent meanwhile, if any. The program gets its own process group, so that Ctrl-C
 * reaches it once, from here, and not also from the terminal and from npm. With `patience` (milliseconds), it and
 * what it started are killed if they take longer to end after a signal.
 */
export function runForeground(command, args, { patience } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true });
    const lastSent = new Map();
    let interruptedBy;
    let killer;
    const forward = (signal) => {
      const now = Date.now();
      if (now - (lastSent.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_WISH_MS) return;
      lastSent.set(signal, now);
      child.kill(signal);
      if (interruptedBy === undefined && patience !== undefined) {
        killer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), patience);
      }
      interruptedBy ??= signal;
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const settle = (action) => {
      clearTimeout(killer);
      for (const signal of SIGNALS) process.off(signal, forward);
      action();
    };
    child.once('error', (error) =>
      settle(() => reject(new Problem(`Cannot run ${command}: ${error.message}`))),
    );
    child.once('exit', (code, signal) =>
      settle(() => resolve({ code: code ?? exitCodeOf(signal), interruptedBy })),
    );
  });
}

/** The exit code by which a shell tells that a program was ended by `signal`. */
export function exitCodeOf(signal) {
  return 128 + constants.signals[signal];
}
