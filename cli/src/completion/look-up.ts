/** Values that can be read from the kubeconfig and kcp while someone waits at a prompt. */
import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type KubeObject,
  LOCATIONS,
  type Resource,
  ROOT_PATH,
  SYNC_TARGETS,
  WORKSPACES,
} from '@kubestellar/api';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { FlagValues } from '../shell/flags.ts';
import { openSession, type Session } from '../workspace/session.ts';
import type { Candidate, LookUp } from './complete.ts';

/** Longest time to wait at a prompt. */
const LIMIT = '2s';
/** Children of root that are the core's own. */
const OWN_WORKSPACES = ['espw', 'compute'];

/** @throws the error that prevents the look-up */
export const lookUp: LookUp = async (choice, begin, line) => {
  const { words, flags } = line;
  if (choice === 'context' || choice === 'cluster' || choice === 'user') {
    const config = readKubeconfig(kubeconfigFiles(flags.text('kubeconfig') ?? inputOf(line)));
    return [...config[`${choice}s`].keys()].map((value) => ({ value }));
  }
  if (!flags.has('request-timeout')) flags.add('request-timeout', LIMIT);
  const session = await openSession(flags);
  switch (choice) {
    case 'workspace':
      return workspaces(session, begin);
    case 'workspaces':
      return severalWorkspaces(session, begin);
    case 'wmw':
      return (await childrenOf(session, ROOT_PATH))
        .filter((name) => !OWN_WORKSPACES.includes(name))
        .map((value) => ({ value }));
    case 'placement':
      return placements(session);
    case 'location':
      return named(await inventory(session, flags, LOCATIONS));
    case 'syncTarget':
      return named(await inventory(session, flags, SYNC_TARGETS));
    case 'label':
      return begin.includes('=') ? [] : labelKeys(await inventory(session, flags, LOCATIONS), words);
  }
};

/** The kubeconfig that switch-domain reads is its first word; nothing else that takes a context has words. */
function inputOf({ words }: Parameters<LookUp>[2]): string | undefined {
  return words[0];
}

/** Paths from root on, one level at a time, and names below the current workspace. */
async function workspaces(session: Session, begin: string): Promise<Candidate[]> {
  const colon = begin.lastIndexOf(':');
  if (colon >= 0) {
    const parent = begin.slice(0, colon);
    const names = await childrenOf(session, session.resolve(parent === '' ? ROOT_PATH : parent));
    return names.map((name) => ({ value: `${parent}:${name}` }));
  }
  const below =
    session.current === undefined ? [] : await childrenOf(session, session.current).catch(() => []);
  return [ROOT_PATH, `${ROOT_PATH}:`, ...below].map((value) => ({ value }));
}

/** Those of the current workspace whose removals await approval, or all when none do. */
async function placements(session: Session): Promise<Candidate[]> {
  const all = await session.workspace(session.resolve('.')).list<EdgePlacement>(EDGE_PLACEMENTS);
  const awaiting = all.filter(({ status }) => status?.removals);
  return (awaiting.length > 0 ? awaiting : all).map(({ metadata, status }) => ({
    value: `edgeplacement/${metadata.name}`,
    about: status?.removals && `${status.removals.count} removal(s) await approval`,
  }));
}

/** The last of a comma separated list of children of root. */
async function severalWorkspaces(session: Session, begin: string): Promise<Candidate[]> {
  const given = begin.slice(0, begin.lastIndexOf(',') + 1);
  const names = await childrenOf(session, ROOT_PATH);
  const taken = given.split(',');
  return names
    .map((name) => `${ROOT_PATH}:${name}`)
    .filter((path) => !taken.includes(path))
    .map((path) => ({ value: `${given}${path}` }));
}

async function childrenOf(session: Session, path: string): Promise<string[]> {
  const found = await session.workspace(path).list(WORKSPACES);
  return found.map(({ metadata }) => metadata.name);
}

function inventory(session: Session, flags: FlagValues, resource: Resource): Promise<KubeObject[]> {
  return session.workspace(session.resolve(flags.text('imw') ?? '.')).list(resource);
}

function named(objects: readonly KubeObject[]): Candidate[] {
  return objects.map(({ metadata: { name, labels = {} } }) => ({
    value: name,
    about: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  }));
}

/** The keys in use that are not on the command line yet. */
function labelKeys(locations: readonly KubeObject[], words: readonly string[]): Candidate[] {
  const given = new Set(words.map((word) => word.split('=', 1)[0]));
  const keys = new Set(locations.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {})));
  return [...keys].filter((key) => !given.has(key)).map((key) => ({ value: `${key}=` }));
}
