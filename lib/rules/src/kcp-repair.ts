import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';

/** Where kcp (v0.31.2) keeps the CRDs behind all bound APIs. */
const BOUND_CRDS = 'system:bound-crds';
const NUDGED = 'edge.kubestellar.io/nudged-at';

/**
 * Repairs CRDs of a kcp that was stopped while APIs were being bound. A CRD whose names had been
 * accepted but that was not established yet stays so for hours, and with it every APIBinding to it: kcp
 * queues a CRD for establishing only when an update of it is seen (tried on v0.31.2). So each gets an update.
 * @param admin a client of kcp as administrator of the server (`system:masters`)
 * @returns how many CRDs were in that state
 */
export async function establishStuckKinds(admin: KubeClient, fieldManager: string): Promise<number> {
  const client = admin.workspace(BOUND_CRDS);
  const crds = await client.list<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS);
  const stuck = crds.filter((crd) => holds(crd, 'NamesAccepted') && !holds(crd, 'Established'));
  const patch = { metadata: { annotations: { [NUDGED]: new Date().toISOString() } } };
  for (const { metadata } of stuck)
    await client.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, metadata, patch, { fieldManager });
  return stuck.length;
}

function holds({ status }: CustomResourceDefinition, condition: string): boolean {
  return status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ?? false;
}
