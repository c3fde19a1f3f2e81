import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '@kubestellar/testing';
import { shellBlocks } from '../documents.ts';
import { eventually } from '../eventually.ts';
import { wordsOf } from '../script.ts';
import type { Shell } from '../shell.ts';

const PREPARE = wordsOf('kubectl kubestellar prep-for-syncer --imw root:imw-e demo2');

/** Makes two syncers of the SyncTarget demo2, and does with one of them what the document says. */
export async function revokeSyncer(shell: Shell): Promise<void> {
  const [commands = ''] = await shellBlocks('docs/security.md');
  assert.match(commands, 'kubectl delete serviceaccount $syncer -n default');
  const told = await shell.must`${PREPARE} -o stolen.yaml && ${PREPARE} -s -o other.yaml`;
  const mailbox = /"(root:espw:\S+)"/.exec(told)?.[1];
  const stolen = await readMailbox(shell, 'stolen.yaml');
  const other = await readMailbox(shell, 'other.yaml');
  assert.is((await stolen.read()).code, 0);
  await shell.home.must(`cd $DIR\n${commands}\nkubectl ws root`, {
    ...shell.env,
    mailbox,
    syncer: stolen.name,
  });
  await eventually('the stolen token to be refused', stolen.read, ({ code, stderr }) => {
    return code !== 0 && /Unauthorized|logged in/.test(stderr);
  });
  assert.is((await other.read()).code, 0);
}

/** @returns the syncer's name, and how it reads its mailbox workspace, by the kubeconfig in a manifest */
async function readMailbox({ folder, sh }: Shell, manifest: string) {
  const text = await readFile(join(folder, manifest), 'utf8');
  const [, name = ''] = /kind: Namespace\nmetadata:\n {2}name: (\S+)/.exec(text) ?? [];
  const [, kubeconfig = ''] = /\n {2}kubeconfig: \|\n((?: {4}.*\n)+)/.exec(text) ?? [];
  const file = `${manifest}.kubeconfig`;
  await writeFile(join(folder, file), kubeconfig.replaceAll(/^ {4}/gm, ''), { mode: 0o600 });
  return { name, read: () => sh`kubectl --kubeconfig ${file} get edgesyncconfigs.edge.kubestellar.io` };
}
