/** Has the operator rotate certificates, and follows it. */
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

/** A rotation takes seconds; a kubelet that is not hurried hands files on within two minutes. */
const LIMIT_MS = 5 * 60_000;

/** The certificates of a KubeStellar's status, with what they are called for people. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  'server-authority': 'the authority of servers',
  'client-authority': 'the authority of clients',
  'proxy-authority': 'the authority of the view as a proxy',
  server: "kcp's server certificate",
  view: 'the certificates of the view',
  clients: 'the kubeconfigs',
};

/** What is asked for. */
export interface RotationWish {
  readonly authorities: boolean;
  readonly flags: FlagValues;
}

/**
 * Asks the operator for a rotation, and waits until kcp, the view and the kubeconfigs have the new certificates.
 * @throws CommandFailure when there is no core, its operator is not at work, or five minutes have passed
 */
export async function rotateCertificates(
  { authorities, flags }: RotationWish,
  output: Output,
): Promise<void> {
  await withHosting(flags, async (hosting) => {
    const { client, namespace } = hosting;
    const core = await existing(hosting);
    const since = wholeSecond(core);
    const annotation = authorities ? ROTATE_CAS : ROTATE_CERTIFICATES;
    const patch = { metadata: { annotations: { [annotation]: new Date(since).toISOString() } } };
    await client.mergePatch(KUBESTELLARS, { name: HOSTED_CORE.name, namespace }, patch, {
      fieldManager: FIELD_MANAGERS.cli,
    });
    const what = `the rotation in namespace ${namespace}`;
    const told = new Set<string>();
    await follow({ what, limit: LIMIT_MS }, output, async () => {
      const now = await existing(hosting);
      const wanted = wantedOf(now, authorities);
      for (const name of wanted.filter((name) => isIssued(now, name, since))) {
        if (!told.has(name)) output.remark(`Issued anew: ${CERTIFICATES[name]}`);
        told.add(name);
      }
      return whatIsLeft(now, wanted, since);
    });
    output.remark(
      `The core in namespace ${namespace} works with its new certificates. Kubeconfigs that were handed out before ` +
        `${authorities ? 'are accepted for the time of spec.certificates.authorityOverlap' : 'are accepted until they end'}; ` +
        `this fetches a new one:\n  kubectl kubestellar get-external-kubeconfig -n ${namespace} -o core.kubeconfig`,
    );
  });
}

async function existing(hosting: Hosting): Promise<KubeStellar> {
  const core = await readCore(hosting);
  if (core) return core;
  throw new CommandFailure(`there is no KubeStellar in namespace ${hosting.namespace}; say where by -n`);
}

/**
 * From when on certificates must be: certificates tell whole seconds, and one that was issued just now is to be
 * replaced, too, even by the clock of a machine that is behind.
 */
function wholeSecond({ status }: KubeStellar): number {
  const issued = (status?.certificates ?? []).map(({ issuedAt }) => Date.parse(issuedAt ?? '') + 1000);
  const latest = Math.max(Date.now(), ...issued.filter(Number.isFinite));
  return Math.ceil(latest / 1000) * 1000;
}

/** A given authority is not ours to replace. */
function wantedOf({ spec }: KubeStellar, authorities: boolean): string[] {
  const isGiven = spec?.certificates?.issuerSecretName !== undefined;
  const hasView = spec?.view?.enabled !== false;
  const certificates = ['server', ...(hasView ? ['view'] : []), 'clients'];
  if (!authorities) return certificates;
  const ofProxy = hasView ? ['proxy-authority'] : [];
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
    return 'waiting for the operator to begin (its pod must run, and the clock of this machine be right)';
  if (condition.reason === 'Issued' && missing.length === 0) return undefined;
  return condition.message || `still to be issued: ${missing.map((name) => CERTIFICATES[name]).join(', ')}`;
}
