import type { KubeStellar } from '@kubestellar/api';
import { whyNot } from './connect.ts';

/** @returns why a core has no view for clients inside or outside, which no waiting changes; undefined when it may have */
export function whyNoView(core: KubeStellar, which: 'internal' | 'external'): string | undefined {
  const { metadata, spec, status } = core;
  const set = 'kubectl kubestellar deploy ... --set core.view';
  if (spec?.view?.enabled === false)
    return `the view of this core is switched off; "${set}.enabled=true" switches it on`;
  if (which === 'internal' || status?.viewEndpoint) return undefined;
  // What is told of the way from outside may be of before the last change.
  if (status?.observedGeneration !== metadata.generation || whyNot(core, 'exposed') !== undefined)
    return undefined;
  return `the view of this core has no address outside of the hosting cluster; "${set}.externalEndpoint.host=HOST,core.view.externalEndpoint.port=PORT" gives it one`;
}
