/** What the reconcile found out about a KubeStellar: its conditions and the rest of its status. */
import {
  type Condition,
  KUBESTELLAR_CONDITIONS,
  type KubeStellar,
  type KubeStellarStatus,
} from '@kubestellar/api';
import type { Endpoint } from './settings.ts';

/** The state of one condition; `message` explains to the user what to do. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The conditions beside Ready, in the order in which they depend on each other. */
export type ConditionName = Exclude<keyof typeof KUBESTELLAR_CONDITIONS, 'ready'>;
const ORDER: readonly ConditionName[] = ['version', 'certificates', 'storage', 'core', 'exposed'];

/** A condition that is met. */
export const fine = (reason: string, message = ''): Finding => ({ status: 'True', reason, message });
/** A condition that is not met. */
export const problem = (reason: string, message: string): Finding => ({ status: 'False', reason, message });
/** A condition that was not checked, because one that it depends on is not met. */
const unchecked: Finding = {
  status: 'Unknown',
  reason: 'NotChecked',
  message: 'not checked until the conditions before it are True',
};

/** A part of the status that has an entry for each certificate. */
export type CertificateReport = NonNullable<KubeStellarStatus['certificates']>[number];

/** What the status is made of. */
export interface Findings {
  readonly conditions: Readonly<Partial<Record<ConditionName, Finding>>>;
  readonly version: string | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly viewEndpoint: Endpoint | undefined;
  readonly certificates: readonly CertificateReport[];
}

/** The status that reports `findings`; a condition's time changes only with its status. */
export function statusOf(core: KubeStellar, findings: Findings, now: number): KubeStellarStatus {
  const all = [
    { type: KUBESTELLAR_CONDITIONS.ready, ...summary(findings) },
    ...ORDER.map((name) => ({
      type: KUBESTELLAR_CONDITIONS[name],
      ...(findings.conditions[name] ?? unchecked),
    })),
  ];
  const generation = core.metadata.generation ?? 0;
  const conditions = all.map((finding): Condition => {
    const before = core.status?.conditions?.find(({ type }) => type === finding.type);
    const unchanged = before?.status === finding.status;
    return {
      ...finding,
      observedGeneration: generation,
      lastTransitionTime: unchanged ? before.lastTransitionTime : rfc3339(now),
    };
  });
  return {
    observedGeneration: generation,
    conditions,
    ...(findings.version ? { version: findings.version } : {}),
    ...(findings.endpoint ? { externalEndpoint: { ...findings.endpoint } } : {}),
    ...(findings.viewEndpoint ? { viewEndpoint: { ...findings.viewEndpoint } } : {}),
    ...(findings.certificates.length > 0 ? { certificates: [...findings.certificates] } : {}),
  };
}

/** Ready, or the first condition that is not met. */
function summary({ conditions }: Findings): Finding {
  for (const name of ORDER) {
    const finding = conditions[name] ?? unchecked;
    if (finding.status !== 'True') {
      return { ...finding, message: `${KUBESTELLAR_CONDITIONS[name]}: ${finding.message}` };
    }
  }
  return fine('Ready', 'the core is deployed and serves');
}

/** Seconds, as Kubernetes writes times. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}
