import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  EDGE_SYNC_CONFIGS,
  type KubeObject,
  LOCATIONS,
  mailboxWorkspacePath,
  SECRETS,
  SERVICE_ACCOUNTS,
  SYNC_TARGETS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../eventually.ts';
import { essentialsOf, objectsIn } from './objects.ts';
import type { Place } from './place.ts';
import type { Interruption, Row } from './trials.ts';

const IMW = 'root:imw1';
const KINDS = [SERVICE_ACCOUNTS, SECRETS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, EDGE_SYNC_CONFIGS];
/** What a run of prep-for-syncer calls all that it makes; see newSyncerIdentity. */
const IDENTITY = /^kubestellar-syncer-.+?-[a-z0-9]{8}(?=-|$)/;

/** Each try is about a SyncTarget, and so a mailbox workspace, of its own. */
export const SYNCER_ROWS: readonly Row[] = [
  {
    title: 'prep-for-syncer',
    fewest: 12,
    before: (place, name) => place.must(['ensure', 'location', '--imw', IMW, name, 'a=b']),
    args: (place, name) => ['prep-for-syncer', '--imw', IMW, '-o', manifestOf(place, name), name],
    state: syncer,
    left,
  },
  {
    title: 'prep-for-cluster',
    fewest: 17,
    // Its steps are ensure location and prep-for-syncer, each of whose requests is interrupted in each way.
    alternates: process.env.KUBESTELLAR_EVERY_REQUEST !== 'yes',
    args: (place, name) => ['prep-for-cluster', '--imw', IMW, '-o', manifestOf(place, name), name, 'a=b'],
    state: syncer,
    left,
  },
];

const manifestOf = ({ folder }: Place, name: string) => join(folder, `${name}.yaml`);

/** The pair, and what the identity in the manifest has in the mailbox workspace; its token is of use. */
async function syncer(place: Place, name: string): Promise<unknown> {
  const manifest = await readManifest(place, name);
  const mailbox = await mailboxOf(place, name);
  assert.ok(mailbox);
  const url = `${place.proxy.url}${mailbox.path}/apis/edge.kubestellar.io/v2alpha1/edgesyncconfigs`;
  const headers = { authorization: `Bearer ${manifest.token}` };
  // kcp knows a new token when its caches do.
  await eventually(
    `the token of ${manifest.id} to be accepted`,
    () => fetch(url, { headers }),
    ({ status }) => status === 200,
  );
  const objects = await objectsIn(mailbox, KINDS);
  const ours = objects.filter(
    ({ kind, metadata }) => kind === 'EdgeSyncConfig' || identityOf(metadata.name) === manifest.id,
  );
  const pair = await objectsIn(place.root.workspace(IMW), [SYNC_TARGETS, LOCATIONS]);
  const state = [
    ...essentialsOf(ours),
    ...essentialsOf(pair.filter(({ metadata }) => metadata.name === name)),
  ];
  return JSON.parse(JSON.stringify(state).replaceAll(manifest.id, 'ID'));
}

/** No part of a manifest; and, unless it was killed, nothing of an identity that no manifest has. */
async function left(place: Place, name: string, interruption: Interruption): Promise<void> {
  const file = manifestOf(place, name);
  const isThere = existsSync(file);
  const files = (await readdir(place.folder)).filter((each) => each.startsWith(`${name}.yaml`));
  assert.equal(files, isThere ? [`${name}.yaml`] : []);
  const known = isThere ? [(await readManifest(place, name)).id] : [];
  const mailbox = await mailboxOf(place, name);
  if (interruption === 'kill' || !mailbox) return;
  const identities = (await objectsIn(mailbox, KINDS)).flatMap(
    ({ metadata }) => identityOf(metadata.name) ?? [],
  );
  assert.equal([...new Set(identities)], known);
}

async function readManifest(place: Place, name: string): Promise<{ id: string; token: string }> {
  const text = await readFile(manifestOf(place, name), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  assert.is(objects.length, 7);
  const [namespace] = objects;
  return { id: namespace?.metadata.name ?? '', token: /\n\s*token: (\S+)/.exec(text)?.[1] ?? '' };
}

function identityOf(name: string): string | undefined {
  return IDENTITY.exec(name)?.[0];
}

/** @returns undefined where there is no SyncTarget, or no mailbox workspace, yet */
async function mailboxOf({ root }: Place, name: string): Promise<KubeClient | undefined> {
  const target = await root.workspace(IMW).get(SYNC_TARGETS, { name });
  const { annotations = {}, uid } = target?.metadata ?? {};
  const cluster = annotations['kcp.io/cluster'];
  if (!cluster || !uid) return undefined;
  const mailbox = root.workspace(mailboxWorkspacePath(cluster, uid));
  try {
    await mailbox.list(EDGE_SYNC_CONFIGS);
    return mailbox;
  } catch {
    return undefined;
  }
}
