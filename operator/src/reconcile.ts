import type { KubeStellar, KubeStellarStatus } from '@kubestellar/api';
import type { KubeClient, RequeueAfter } from '@kubestellar/kube';
import { PkiError } from '@kubestellar/pki';
import { reconcileWorkload, type WorkloadDependencies } from './core/reconcile-workload.ts';
import { ensureService } from './core/service.ts';
import { versionFinding } from './core/version.ts';
import { reconcileExposure } from './exposure/reconcile-exposure.ts';
import { NameTaken, NotYet, type Objects, Rejected } from './hosting/owned.ts';
import type { Served } from './hosting/served.ts';
import { IssuerProblem } from './pki/cas.ts';
import { type CertificateDependencies, reconcileCertificates } from './pki/reconcile-certificates.ts';
import { rotationOf } from './pki/rotation.ts';
import {
  type CertificateReport,
  type ConditionName,
  type Finding,
  type Findings,
  problem,
  statusOf,
} from './report.ts';
import { type Endpoint, type Settings, settingsOf } from './settings.ts';
import { reconcileStorage } from './storage/reconcile-storage.ts';

/** What the reconcile reads and does beside the objects that belong to the KubeStellar. */
export interface Dependencies {
  readonly client: KubeClient;
  readonly objects: Objects;
  readonly served: Served;
  /** The version of this operator. */
  readonly release: string;
  readonly now: number;
  probe: CertificateDependencies['probe'];
  afterStartOfKcp: WorkloadDependencies['afterStartOfKcp'];
  announce(message: string): void;
  writeStatus(status: KubeStellarStatus): Promise<void>;
}

/** A change that no watch reported is seen after this time (milliseconds). */
const RESYNC = 10 * 60_000;
/** Delay while something is going on that no watch reports (milliseconds). */
const SOON = 2_000;

/**
 * Makes the hosting cluster hold the core that the KubeStellar describes, and writes the outcome into its status.
 * @returns when to reconcile again
 */
export async function reconcile(core: KubeStellar, deps: Dependencies): Promise<RequeueAfter> {
  const settings = settingsOf(core, deps.release);
  const run = new Run();

  const accepted = await run.step('version', () => versionFinding(core, deps.release, deps.objects));
  if (accepted) await deploy(core, settings, run, deps);

  await deps.writeStatus(
    statusOf(core, run.findings(accepted ? deps.release : core.status?.version), deps.now),
  );
  return { requeueAfter: run.lookAgainIn };
}

/** Makes each part as far as possible: the problem of one part is reported and does not block the others. */
async function deploy(core: KubeStellar, settings: Settings, run: Run, deps: Dependencies): Promise<void> {
  await run.step('exposed', async () => {
    const { finding, endpoint, viewEndpoint } = await reconcileExposure(settings, deps);
    run.endpoint = endpoint;
    run.viewEndpoint = viewEndpoint;
    return finding;
  });
  const certified = await run.step('certificates', async () => {
    const rotation = rotationOf(core, deps.now);
    const endpoints = { kcp: run.endpoint, proxy: run.viewEndpoint };
    const outcome = await reconcileCertificates(settings, endpoints, rotation, deps);
    run.certificates = outcome.reports;
    run.lookAgainAfter(outcome.lookAgainIn);
    return outcome.finding;
  });
  await run.step('storage', () => reconcileStorage(settings, deps.release, deps));
  // Without its Secrets, the pod could not start.
  if (!certified) return;
  await run.step('core', async () => {
    await ensureService(deps.objects, settings);
    const isOpenShift = await deps.served.hasGroup('security.openshift.io');
    const { endpoint } = run;
    const options = { endpoint, release: deps.release, isOpenShift };
    const { finding, hasPod } = await reconcileWorkload(settings, options, deps);
    if (!hasPod) run.lookAgainAfter(SOON);
    return finding;
  });
}

/** What one reconcile finds out. */
class Run {
  endpoint: Endpoint | undefined;
  viewEndpoint: Endpoint | undefined;
  certificates: readonly CertificateReport[] = [];
  lookAgainIn = RESYNC;
  readonly #conditions: Partial<Record<ConditionName, Finding>> = {};

  /** Does a part of the work. Its problem becomes a finding; failed requests are thrown on. */
  async step(name: ConditionName, work: () => Promise<Finding>): Promise<boolean> {
    const finding = await this.#explained(work);
    this.#conditions[name] = finding;
    return finding.status === 'True';
  }

  lookAgainAfter(milliseconds: number): void {
    this.lookAgainIn = Math.min(this.lookAgainIn, milliseconds);
  }

  findings(version: string | undefined): Findings {
    const { endpoint, viewEndpoint, certificates } = this;
    return { conditions: this.#conditions, version, endpoint, viewEndpoint, certificates };
  }

  async #explained(work: () => Promise<Finding>): Promise<Finding> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotYet) {
        this.lookAgainAfter(SOON);
        return problem('Waiting', error.message);
      }
      if (error instanceof NameTaken) return problem('NameTaken', error.message);
      if (error instanceof Rejected) {
        this.lookAgainAfter(RESYNC / 10);
        return problem('Rejected', error.message);
      }
      if (error instanceof IssuerProblem) return problem(error.reason, error.message);
      if (error instanceof PkiError)
        return problem('IssuerSecretInvalid', `the CA cannot be used: ${error.message}`);
      throw error;
    }
  }
}
