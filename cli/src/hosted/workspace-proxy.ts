import type { KubeStellar } from '@kubestellar/api';
import { CommandFailure } from '../shell/failure.ts';
import { whyNot } from './connect.ts';

/** A core has no workspace proxy for these clients, and waiting does not change that. */
export class NoProxy extends CommandFailure {}

/** @throws NoProxy when a core has no workspace proxy for clients inside or outside, and will not get one */
export function requireProxy(core: KubeStellar, which: 'internal' | 'external'): void {
  const { metadata, spec, status } = core;
  const set = 'kubectl kubestellar deploy ... --set core.view';
  if (spec?.view?.enabled === false)
    throw new NoProxy(`the workspace proxy of this core is disabled; enable it with "${set}.enabled=true"`);
  if (which === 'internal' || status?.viewEndpoint) return;
  // The condition of the exposure may be older than the last change.
  if (status?.observedGeneration !== metadata.generation || whyNot(core, 'exposed') !== undefined) return;
  throw new NoProxy(
    `the workspace proxy of this core has no endpoint outside of the hosting cluster; set one with "${set}.externalEndpoint.host=HOST,core.view.externalEndpoint.port=PORT"`,
  );
}
