import { readFile, writeFile } from 'node:fs/promises';
import { KubeClient } from '@kubestellar/kube';
import { parse, stringify } from 'yaml';
import type { LocalHome } from '../local.ts';
import { strangersToken } from '../tokens.ts';

/**
 * Kubeconfigs, as text: the usual one, some that can't be used, and one of a user without any rights; `hostsStranger` is
 * that of such a user of a cluster.
 */
export const configs = {
  usual: '',
  root: '',
  lost: '',
  stranger: '',
  current: '',
  nonsense: '',
  hostsStranger: '',
};

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
  const client = await KubeClient.fromKubeconfig({ kubeconfig: path });
  // kcp knows this user, who may do nothing.
  const token = await strangersToken(client.workspace('root'));
  await client.connection.close();
  const hosts = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const hostsToken = await strangersToken(hosts);
  await hosts.connection.close();
  const hostsConfig: Config = parse(await readFile(home.wec('edge1'), 'utf8'));
  for (const user of hostsConfig.users) user.user = { token: hostsToken };
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
    hostsStranger: stringify(hostsConfig),
    lost: usual.replaceAll(/(server: .*\/clusters\/)\S+/g, '$1root:none'),
  });
  const data = parse(usual).clusters[0].cluster['certificate-authority-data'];
  await writeFile(authority, Buffer.from(data, 'base64'));
}
