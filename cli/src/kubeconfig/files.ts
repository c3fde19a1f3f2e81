import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The files that make up the kubeconfig, in order of precedence (absolute paths; some may not exist). */
export interface KubeconfigFiles {
  readonly paths: readonly string[];
  /** Named by --kubeconfig: then it must exist, and it is the only one. */
  readonly explicit: boolean;
}

/** Finds the files as kubectl does: --kubeconfig, else all of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFiles(
  flag: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): KubeconfigFiles {
  if (flag) return { paths: [resolve(flag)], explicit: true };
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const paths = named.length > 0 ? named : [join(env.HOME || homedir(), '.kube', 'config')];
  return {
    paths: [...new Set(paths.map((path) => (isAbsolute(path) ? path : resolve(path))))],
    explicit: false,
  };
}

/** The file that gets new entries: the first that exists, or the last of all (`kubectl config` convention). */
export function defaultFile({ paths }: KubeconfigFiles): string {
  const found = paths.find((path) => existsSync(path)) ?? paths.at(-1);
  if (found === undefined) throw new Error('there is always at least one kubeconfig file');
  return found;
}
