import type { EdgePlacement, UpsyncSet } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import { type CheckedUpsync, checkUpsync } from '@kubestellar/rules';

/** Of the sets for one mailbox workspace, in JSON: `the-one` holds them, with up to 350 kB of names. */
export const MAX_BYTES = 256 * 1024;

/** What is upsynced into one mailbox workspace. */
export interface MailboxUpsync {
  /** Sorted; equality is syntactic (docs/rules.md, api 2). */
  readonly sets: readonly UpsyncSet[];
  /** EdgePlacements of which sets are left out, because all sets together would be too large. */
  readonly ignored: readonly EdgePlacement[];
}

/** One EdgePlacement's sets with their JSON. */
interface Asked {
  readonly placement: EdgePlacement;
  readonly texts: readonly (readonly [text: string, set: UpsyncSet])[];
  readonly bytes: number;
}

/** An informer replaces what it holds, and changes nothing in it. */
const checked = new WeakMap<EdgePlacement, Asked>();

/**
 * The union of the upsync sets of EdgePlacements, without what is refused. When that is too much, the workspaces that
 * ask for least come first, so that nobody's sets are left out for another's greed.
 */
export function upsyncOf(placements: readonly EdgePlacement[], limit = MAX_BYTES): MailboxUpsync {
  const found = new Map<string, UpsyncSet>();
  const ignored = new Set<EdgePlacement>();
  let bytes = 0;
  for (const { placement, texts } of modestFirst(placements.map(askedBy))) {
    for (const [text, set] of texts) {
      if (found.has(text)) continue;
      if (bytes + text.length > limit) {
        ignored.add(placement);
        continue;
      }
      bytes += text.length;
      found.set(text, set);
    }
  }
  const sets = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, set]) => set);
  return { sets, ignored: [...ignored] };
}

function askedBy(placement: EdgePlacement): Asked {
  const known = checked.get(placement);
  if (known) return known;
  const { sets }: CheckedUpsync = checkUpsync(placement.spec?.upsync);
  const texts = sets.map((set): [string, UpsyncSet] => [JSON.stringify(set), set]);
  const asked = { placement, texts, bytes: texts.reduce((sum, [text]) => sum + text.length, 0) };
  checked.set(placement, asked);
  return asked;
}

/** By what each workspace asks for in total, then by what each EdgePlacement does; equal ones by their names. */
function modestFirst(all: readonly Asked[]): Asked[] {
  const totals = new Map<string, number>();
  for (const { placement, bytes } of all)
    totals.set(clusterOf(placement), (totals.get(clusterOf(placement)) ?? 0) + bytes);
  const nameOf = ({ placement }: Asked) => `${clusterOf(placement)}|${placement.metadata.name}`;
  const totalOf = ({ placement }: Asked) => totals.get(clusterOf(placement)) ?? 0;
  return [...all].sort((a, b) => {
    const byWorkspace = clusterOf(a.placement) === clusterOf(b.placement) ? 0 : totalOf(a) - totalOf(b);
    if (byWorkspace !== 0) return byWorkspace;
    if (clusterOf(a.placement) === clusterOf(b.placement) && a.bytes !== b.bytes) return a.bytes - b.bytes;
    return nameOf(a) < nameOf(b) ? -1 : 1;
  });
}
