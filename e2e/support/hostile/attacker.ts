import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary, Findings } from './findings.ts';
import type { Move, Receiver, Step } from './move.ts';
import type { Wire, WireAnswer } from './wire.ts';

/** Moves that are told of when something has come of one of them. */
const REMEMBERED = 20;

/** How often a kind of moves was made, and how often kcp accepted it. */
interface Count {
  made: number;
  accepted: number;
}

/** A hostile tenant: makes moves, and looks for what is not its own in every answer. */
export class Attacker {
  readonly #wires: Readonly<Record<Receiver, Wire>>;
  readonly #canary: Canary;
  readonly #findings: Findings;
  readonly #counts = new Map<string, Count>();
  /** The last moves, for who must find out which of them it was. */
  readonly #last: Move[] = [];

  constructor(wires: Readonly<Record<Receiver, Wire>>, canary: Canary, findings: Findings) {
    this.#wires = wires;
    this.#canary = canary;
    this.#findings = findings;
  }

  get made(): number {
    return [...this.#counts.values()].reduce((sum, { made }) => sum + made, 0);
  }

  get accepted(): number {
    return [...this.#counts.values()].reduce((sum, { accepted }) => sum + accepted, 0);
  }

  /** Makes moves one after the other; others may take some of them meanwhile. */
  async makeAll(moves: Iterator<Move>): Promise<void> {
    for (let next = moves.next(); !next.done; next = moves.next()) await this.#make(next.value);
  }

  /** Makes a move, whatever comes of it. */
  async #make(move: Move): Promise<void> {
    this.#last.push(move);
    if (this.#last.length > REMEMBERED) this.#last.shift();
    let answer: WireAnswer = { status: 0, text: '' };
    for (const step of move.steps) {
      const wire = this.#wires[step.to];
      answer = await ('bytes' in step ? wire.sendBytes(step.bytes) : wire.send(step.request));
      if (this.#canary.isIn(answer.text)) this.#findings.add(`read: ${move.kind}: ${titleOf(step)}`);
    }
    const isAccepted = answer.status >= 200 && answer.status < 300;
    if (isAccepted && move.forbidden) this.#findings.add(`allowed: ${move.forbidden}`);
    const count = this.#counts.get(move.kind) ?? { made: 0, accepted: 0 };
    this.#counts.set(move.kind, {
      made: count.made + 1,
      accepted: count.accepted + (isAccepted ? 1 : 0),
    });
    if (answer.status === 429) await sleep(200);
  }

  /** A line for each kind of moves. */
  report(): string[] {
    const lines = [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
    return lines.map(([kind, { made, accepted }]) => `${made} × ${kind}, ${accepted} accepted`);
  }

  lastMoves(): string[] {
    return this.#last.map(({ kind, steps }) => `${kind}: ${steps.map(titleOf).join(', ')}`);
  }

  close(): void {
    for (const wire of Object.values(this.#wires)) wire.close();
  }
}

function titleOf(step: Step): string {
  if ('bytes' in step) return JSON.stringify(step.bytes.slice(0, 300));
  const { method, path, body } = step.request;
  return `${method} ${path.slice(0, 200)}${body ? ` ${body.slice(0, 300)}` : ''}`;
}
