import { readFile, writeFile } from 'node:fs/promises';
import type { Unstructured } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { parse, stringify } from 'yaml';
import type { LocalHome } from '../support/local.ts';

/** Kubeconfigs, as text: the usual one, some that can't be used, and one of a user without any rights. */
export const configs = { usual: '', root: '', lost: '', stranger: '', current: '', nonsense: '' };

type Config = Record<'clusters' | 'contexts' | 'users', { name: string; [part: string]: unknown }[]>;

/**
 * Fills `configs`.
 * @param path of the usual kubeconfig
 * @param authority where to write the certificate of the server's authority
 */
export async function prepareKubeconfigs(home: LocalHome, path: string, authority: string): Promise<void> {
  const root = await readFile(path, 'utf8');
  await home.must('kubectl ws root:wmw1');
  const usual = await readFile(path, 'utf8');
  const token = await strangersToken(path);
  const changed = (change: (config: Config & Record<string, unknown>) => void) => {
    const config = parse(usual);
    change(config);
    return stringify(config);
  };
  Object.assign(configs, {
    root,
    usual,
    stranger: changed((config) => {
      for (const user of config.users) user.user = { token };
    }),
    current: changed((config) => Object.assign(config, { 'current-context': 'absent', contexts: [] })),
    nonsense: changed((config) => {
      for (const cluster of config.clusters) cluster.cluster = { server: 'nonsense' };
    }),
    lost: usual.replaceAll(/(server: .*\/clusters\/)\S+/g, '$1root:none'),
  });
  const data = parse(usual).clusters[0].cluster['certificate-authority-data'];
  await writeFile(authority, Buffer.from(data, 'base64'));
}

/** A ServiceAccount of the root workspace: kcp knows it, and it may do nothing. */
async function strangersToken(kubeconfig: string): Promise<string> {
  const root = (await KubeClient.fromKubeconfig({ kubeconfig })).workspace('root');
  const accounts = {
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
  };
  const metadata = { name: 'stranger', namespace: 'default' };
  await root.create(
    accounts,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { fieldManager: 'e2e' },
  );
  const path = '/api/v1/namespaces/default/serviceaccounts/stranger/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await root.request<Unstructured>('POST', path, { body });
  await root.connection.close();
  return (answer.status as { token: string }).token;
}
