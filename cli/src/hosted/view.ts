import type { KubeStellar } from '@kubestellar/api';
import { CommandFailure } from '../shell/failure.ts';
import { whyNot } from './connect.ts';

/** A core has no view for those who ask, which no waiting changes. */
export class NoView extends CommandFailure {}

/** @throws NoView when a core has no view for clients inside or outside, and will not have one */
export function requireView(core: KubeStellar, which: 'internal' | 'external'): void {
  const { metadata, spec, status } = core;
  const set = 'kubectl kubestellar deploy ... --set core.view';
  if (spec?.view?.enabled === false)
    throw new NoView(`the view of this core is switched off; "${set}.enabled=true" switches it on`);
  if (which === 'internal' || status?.viewEndpoint) return;
  // What is told of the way from outside may be of before the last change.
  if (status?.observedGeneration !== metadata.generation || whyNot(core, 'exposed') !== undefined) return;
  throw new NoView(
    `the view of this core has no address outside of the hosting cluster; "${set}.externalEndpoint.host=HOST,core.view.externalEndpoint.port=PORT" gives it one`,
  );
}
