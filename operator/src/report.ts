/** What the reconcile found out about a KubeStellar: its conditions and the rest of its status. */
import {
  type Condition,
  KUBESTELLAR_CONDITIONS,
  type KubeStellar,
  type KubeStellarStatus,
} from '@kubestellar/api';
import type { Endpoint } from './settings.ts';

/** What there is to say of one condition; `message` tells a person what to do. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The conditions beside Ready, in the order in which one depends on the other. */
export type ConditionName = Exclude<keyof typeof KUBESTELLAR_CONDITIONS, 'ready'>;
const ORDER: readonly ConditionName[] = ['version', 'certificates', 'storage', 'core', 'exposed'];

/** Good news. */
export const fine = (reason: string, message = ''): Finding => ({ status: 'True', reason, message });
/** Something that stands in the way. */
export const problem = (reason: string, message: string): Finding => ({ status: 'False', reason, message });
/** Something that was not looked at, because what it depends on is missing. */
const untold: Finding = {
  status: 'Unknown',
  reason: 'NotChecked',
  message: 'waits for the conditions before it',
};

/** A part of the status that has an entry for each certificate. */
export type CertificateReport = NonNullable<KubeStellarStatus['certificates']>[number];

/** Everything that goes into the status. */
export interface Findings {
  readonly conditions: Readonly<Partial<Record<ConditionName, Finding>>>;
  readonly version: string | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly viewEndpoint: Endpoint | undefined;
  readonly certificates: readonly CertificateReport[];
}

/** The status that tells `findings`; a condition's time changes with its status only. */
export function statusOf(core: KubeStellar, findings: Findings, now: number): KubeStellarStatus {
  const all = [
    { type: KUBESTELLAR_CONDITIONS.ready, ...summary(findings) },
    ...ORDER.map((name) => ({
      type: KUBESTELLAR_CONDITIONS[name],
      ...(findings.conditions[name] ?? untold),
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

/** Ready, or the first thing that is in the way. */
function summary({ conditions }: Findings): Finding {
  for (const name of ORDER) {
    const finding = conditions[name] ?? untold;
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
