/** Makes the operator rotate certificates, and waits for it. */
import {
  FIELD_MANAGERS,
  HOSTED_CORE,
  KUBESTELLAR_CONDITIONS,
  KUBESTELLARS,
  type KubeStellar,
  ROTATE_CAS,
  ROTATE_CERTIFICATES,
} from '@kubestellar/api';
import { CommandFailure } from '../shell/failure.ts';
import type { FlagValues } from '../shell/flags.ts';
import type { Output } from '../shell/output.ts';
import { type Hosting, readCore, whyNot, withHosting } from './connect.ts';
import { follow } from './follow.ts';

/** A rotation takes seconds; without a nudge, a kubelet updates mounted files within two minutes. */
const LIMIT_MS = 5 * 60_000;

/** The certificates of a KubeStellar's status, with their names for users. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  'server-authority': 'the CA of servers',
  'client-authority': 'the CA of clients',
  'proxy-authority': 'the CA of the workspace proxy',
  server: "kcp's server certificate",
  view: "the workspace proxy's certificates",
  clients: 'the kubeconfigs',
};

/** What to rotate. */
export interface RotationOptions {
  readonly cas: boolean;
  readonly flags: FlagValues;
}

/**
 * Requests a rotation from the operator, and waits until kcp, the workspace proxy and the kubeconfigs have the new
 * certificates.
 * @throws CommandFailure when there is no core, its operator is not active, or five minutes have passed
 */
export async function rotateCertificates({ cas, flags }: RotationOptions, output: Output): Promise<void> {
  await withHosting(flags, async (hosting) => {
    const { client, namespace } = hosting;
    const core = await existing(hosting);
    const since = wholeSecond(core);
    const annotation = cas ? ROTATE_CAS : ROTATE_CERTIFICATES;
    const patch = { metadata: { annotations: { [annotation]: new Date(since).toISOString() } } };
    await client.mergePatch(KUBESTELLARS, { name: HOSTED_CORE.name, namespace }, patch, {
      fieldManager: FIELD_MANAGERS.cli,
    });
    const what = `the rotation in namespace ${namespace}`;
    const reported = new Set<string>();
    await follow({ what, limit: LIMIT_MS }, output, async () => {
      const now = await existing(hosting);
      const wanted = wantedOf(now, cas);
      for (const name of wanted.filter((name) => isIssued(now, name, since))) {
        if (!reported.has(name)) output.remark(`Renewed: ${CERTIFICATES[name]}`);
        reported.add(name);
      }
      return whatIsLeft(now, wanted, since);
    });
    output.remark(
      `The core in namespace ${namespace} uses its new certificates. Kubeconfigs that were fetched before ` +
        `${cas ? 'are accepted for spec.certificates.authorityOverlap' : 'are accepted until they expire'}; ` +
        `this fetches a new one:\n  kubectl kubestellar get-external-kubeconfig -n ${namespace} -o core.kubeconfig`,
    );
  });
}

async function existing(hosting: Hosting): Promise<KubeStellar> {
  const core = await readCore(hosting);
  if (core) return core;
  throw new CommandFailure(
    `there is no KubeStellar in namespace ${hosting.namespace}; name its namespace with -n`,
  );
}

/**
 * The time before which certificates are replaced. Certificates have whole seconds, and one that was issued just now
 * must be replaced, too, even if the clock of this machine is behind.
 */
function wholeSecond({ status }: KubeStellar): number {
  const issued = (status?.certificates ?? []).map(({ issuedAt }) => Date.parse(issuedAt ?? '') + 1000);
  const latest = Math.max(Date.now(), ...issued.filter(Number.isFinite));
  return Math.ceil(latest / 1000) * 1000;
}

/** A given CA is not replaced. */
function wantedOf({ spec }: KubeStellar, cas: boolean): string[] {
  const isGiven = spec?.certificates?.issuerSecretName !== undefined;
  const hasProxy = spec?.view?.enabled !== false;
  const certificates = ['server', ...(hasProxy ? ['view'] : []), 'clients'];
  if (!cas) return certificates;
  const ofProxy = hasProxy ? ['proxy-authority'] : [];
  return [...(isGiven ? [] : ['server-authority']), 'client-authority', ...ofProxy, ...certificates];
}

function isIssued({ status }: KubeStellar, name: string, since: number): boolean {
  const found = status?.certificates?.find((certificate) => certificate.name === name);
  return Date.parse(found?.issuedAt ?? '') >= since;
}

function whatIsLeft(core: KubeStellar, wanted: readonly string[], since: number): string | undefined {
  const missing = wanted.filter((name) => !isIssued(core, name, since));
  const condition = core.status?.conditions?.find(({ type }) => type === KUBESTELLAR_CONDITIONS.certificates);
  if (condition?.status !== 'True') return whyNot(core, 'certificates');
  if (missing.length === wanted.length)
    return 'waiting for the operator to start (its pod must be running, and the clock of this machine correct)';
  if (condition.reason === 'Issued' && missing.length === 0) return undefined;
  return condition.message || `still to be issued: ${missing.map((name) => CERTIFICATES[name]).join(', ')}`;
}
