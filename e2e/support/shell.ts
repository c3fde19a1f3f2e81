import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHome } from './local.ts';
import { mustSucceed, scripted } from './script.ts';

/** A shell in which people type commands: in a folder of its own, `$DIR`, and with a LocalHome of its own. */
export class Shell {
  readonly home: LocalHome;
  readonly folder: string;
  /** KUBESTELLAR_STATE_DIR is that of the core that npm start begins. */
  readonly env: { readonly DIR: string; readonly KUBESTELLAR_STATE_DIR: string };

  private constructor(home: LocalHome, folder: string) {
    this.home = home;
    this.folder = folder;
    this.env = { DIR: folder, KUBESTELLAR_STATE_DIR: join(home.path, 'run') };
  }

  /** @param name of the folder, as far as people may recognize it */
  static async create(name: string): Promise<Shell> {
    const folder = await mkdtemp(join(tmpdir(), `kubestellar-e2e-${name}-`));
    return new Shell(await LocalHome.create(), folder);
  }

  /** Starts a core with one cluster, whose workspace `root` is the current one then. */
  async startCore(): Promise<void> {
    await this.home.start(1);
    await this.home.enterRoot();
  }

  /** Runs a script in the folder. */
  readonly sh = scripted((text) => this.home.sh(`cd $DIR; ${text}`, this.env));

  /** Runs a script in the folder that must succeed. @returns its stdout @throws with its output when it fails */
  readonly must = scripted((text) => mustSucceed(text, this.sh(text)));

  /** The current workspace as the real `kubectl ws` sees it. */
  readonly current = async (): Promise<string> => (await this.must('kubectl ws . --short')).trim();

  /** Ends the core and removes the folders. */
  async dispose(): Promise<void> {
    await this.home.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The lines of an output. */
export function linesOf(text: string): string[] {
  return text.trim().split('\n');
}
