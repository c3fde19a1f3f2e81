import fc from 'fast-check';
import type { Move, Scene } from './move.ts';
import { apiMoves } from './moves/apis.ts';
import { bombMoves } from './moves/bombs.ts';
import { edgeMoves } from './moves/edge.ts';
import { beginning, objectMoves } from './moves/objects.ts';
import { requestMoves } from './moves/requests.ts';

/** Which moves a tenant makes, by parts of their kinds; all by default. */
const PICKED = (process.env.KUBESTELLAR_HOSTILE ?? '').split(',');
/** More than fit into any run; making them costs next to nothing. */
const MOVES = 20_000;

/** @returns moves of a hostile tenant: first what many others need, then as the seed decides */
export function movesOf(scene: Scene, seed: number): Move[] {
  const weighted = [apiMoves, bombMoves, edgeMoves, objectMoves, requestMoves].flatMap((moves) =>
    moves(scene),
  );
  const any = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const isPicked = ({ kind }: Move) => PICKED.some((part) => kind.includes(part));
  return [...beginning(scene), ...fc.sample(any, { seed, numRuns: MOVES }).filter(isPicked)];
}
