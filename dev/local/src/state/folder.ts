import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { requireOwnFolder } from '@kubestellar/process';
import { codeOf, LocalError, messageOf } from '../errors.ts';
import { cloneRoot } from '../programs.ts';
import { writePrivate } from './files.ts';

/** Says that a folder is ours, so that `npm stop -- --purge` never removes another one. */
const MARKER = '.kubestellar-state';

/** The paths of one state folder (contract for scripts: `.kubestellar/` of the clone or `$KUBESTELLAR_HOME`). */
export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** The kubeconfig of kcp for users; contexts root, base and system:admin. */
  get adminKubeconfig(): string {
    return join(this.path, 'admin.kubeconfig');
  }
  /** The same for the view of the WMWs, in which RBAC and admission objects are data. */
  get viewKubeconfig(): string {
    return join(this.path, 'view.kubeconfig');
  }
  /** Links to the tools in use. */
  get bin(): string {
    return join(this.path, 'bin');
  }
  get logs(): string {
    return join(this.path, 'logs');
  }
  /** Records of the processes that we start. */
  get pids(): string {
    return join(this.path, 'pids');
  }
  /** State of the `kubestellar` command: its records of the controllers. */
  get core(): string {
    return join(this.path, 'run');
  }
  get kcp(): string {
    return join(this.path, 'kcp');
  }
  get ports(): string {
    return join(this.path, 'ports.json');
  }
  get lock(): string {
    return join(this.path, 'lock');
  }
  /** kubectl's cache for the calls that we make. */
  get cache(): string {
    return join(this.path, 'cache');
  }

  /** The administrator's kubeconfig of a WEC. */
  wecKubeconfig(name: string): string {
    return join(this.path, 'wecs', `${name}.kubeconfig`);
  }
  /** What `prep-for-syncer` wrote for a WEC. */
  syncerManifest(name: string): string {
    return join(this.path, 'wecs', `${name}-syncer.yaml`);
  }
  /** A WEC's own data: keys, etcd, kubeconfigs of its parts. */
  wec(name: string): string {
    return join(this.path, 'wecs', name);
  }
  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  /** @returns true when the folder is there and was made by us */
  isOurs(): boolean {
    return existsSync(join(this.path, MARKER));
  }

  /**
   * Creates the folder, readable by its owner only, or takes one that is ours.
   * @throws LocalError when it can't be written, or holds what is not ours
   */
  create(): void {
    try {
      makeFolder(this.path);
      if (!this.isOurs()) {
        const others = readdirSync(this.path);
        if (others.length > 0) throw notOurs(this.path, others);
      }
      this.requireOwn();
      accessSync(this.path, constants.W_OK);
      writePrivate(
        join(this.path, MARKER),
        'State of KubeStellar, made by `npm start`; `npm stop -- --purge` removes it.\n',
      );
      for (const folder of [
        this.bin,
        this.logs,
        this.pids,
        this.core,
        this.kcp,
        this.cache,
        join(this.path, 'wecs'),
      ]) {
        makeFolder(folder);
      }
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** @throws LocalError when others could put programs or records of processes into the folder */
  requireOwn(): void {
    try {
      requireOwnFolder(this.path);
    } catch (error) {
      throw new LocalError(`This state is not used: ${messageOf(error)}`);
    }
  }

  /** Removes the folder and all that is in it. @throws LocalError when it is not ours */
  remove(): void {
    if (!existsSync(this.path)) return;
    if (!this.isOurs()) throw notOurs(this.path, readdirSync(this.path));
    rmSync(this.path, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The state folder that the environment asks for: `$KUBESTELLAR_HOME`, else `.kubestellar` of the clone. */
export function stateFolderOf(env: NodeJS.ProcessEnv): StateFolder {
  return new StateFolder(env.KUBESTELLAR_HOME || join(cloneRoot(), '.kubestellar'));
}

/**
 * Makes a folder with its parents, for its owner only. Node's own recursive mkdir never ends where a file system
 * answers ENOENT although the parent is there (/proc), and says ENOENT for a read-only one.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    accessSync(path, constants.W_OK);
  } else {
    if (path !== dirname(path) && !existsSync(dirname(path))) makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

function notOurs(path: string, entries: readonly string[]): LocalError {
  return new LocalError(
    `The folder ${path} was not made by npm start (it has no file ${MARKER}, but ${entries.slice(0, 3).join(', ')} …).\n` +
      'It is left as it is. Set KUBESTELLAR_HOME to a folder that is empty or does not exist yet, or unset it.',
  );
}

function unwritable(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new LocalError(
      `The disk that holds ${path} is full. Free a gigabyte or more, then run npm start again.`,
    );
  }
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code ?? '')) return error;
  return new LocalError(
    `npm start cannot write its state to ${path} (${messageOf(error)}).\n` +
      'Make that folder writable for you, or name another one:  KUBESTELLAR_HOME=$HOME/kubestellar-state npm start',
  );
}
