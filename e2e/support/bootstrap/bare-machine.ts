import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '@kubestellar/process';
import { buildRelease } from '@kubestellar/release';
import { provideTools } from '@kubestellar/toolchain';
import { type Finished, ROOT, run } from '../local.ts';
import { type ProcessInfo, processesOf } from '../processes.ts';
import { ReleaseServer } from '../release-server.ts';
import { runScript } from '../script.ts';

/** What the script and the launchers may count on; Node, kcp and our commands are not among them. */
const PROGRAMS = (
  'awk bash cat chmod cp curl dirname env grep gzip head id ls mkdir mv nohup ps readlink rm sed sh ' +
  'sha256sum sleep sort tail tar timeout tr uname'
).split(' ');
const options = { log: (line: string) => console.log(`    ${line}`) };
/** The platform of this machine, in the words of a release. */
export const OWN = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } as const;

/** A machine with neither Node nor any of our programs, and a release that was made here for it to install. */
export class BareMachine {
  readonly folder: string;
  /** Has the programs that the machine has. */
  readonly bin: string;
  /** Has the files of the release. */
  readonly release: string;
  /** Of the release, as in v0.1.0. */
  readonly version: string;
  /** The archive of our programs for this platform. */
  readonly archive: string;
  readonly #env: NodeJS.ProcessEnv;
  #server: ReleaseServer | undefined;

  private constructor(folder: string, version: string) {
    this.folder = folder;
    this.bin = join(folder, 'bin');
    this.release = join(folder, 'release');
    this.version = `v${version}`;
    this.archive = `kubestellar_${version}_${OWN.os}_${OWN.architecture}.tar.gz`;
    this.#env = {
      PATH: this.bin,
      HOME: join(folder, 'home'),
      KUBESTELLAR_STATE_DIR: join(folder, 'state'),
      LANG: 'C.UTF-8',
    };
  }

  /** Makes the folder; nothing is in it yet. */
  static async create(): Promise<BareMachine> {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    return new BareMachine(await mkdtemp(join(tmpdir(), 'kubestellar-e2e-bootstrap-')), version);
  }

  /** Builds the release and puts the machine's programs into its place. @returns a server with the release */
  async setUp(): Promise<ReleaseServer> {
    await buildRelease({ ...options, targets: [OWN], output: this.release });
    await Promise.all([mkdir(this.bin), mkdir(join(this.folder, 'home'))]);
    for (const name of PROGRAMS) {
      const found = await run('bash', ['-c', 'type -P "$0"', name], process.env).done;
      await symlink(found.stdout.trim(), join(this.bin, name));
    }
    await symlink((await provideTools(['kubectl'], options)).kubectl, join(this.bin, 'kubectl'));
    this.#server = await ReleaseServer.start(this.release, this.version);
    return this.#server;
  }

  /** The script as users read it: from the release, through a pipe. */
  readonly piped = (flags: string): string =>
    `curl -fsS ${this.#server?.url}/latest/download/bootstrap-kubestellar.sh | bash -s -- ${flags}`;

  /** The same, which takes from the server what it installs. */
  readonly fromServer = (flags: string): string =>
    this.piped(`--from ${this.#server?.url} --insecure-http ${flags}`);

  /** Runs a line of shell in the folder `where`, made if need be. */
  readonly sh = async (where: string, script: string, extra: NodeJS.ProcessEnv = {}): Promise<Finished> => {
    await mkdir(join(this.folder, where), { recursive: true });
    const line = `cd '${join(this.folder, where)}'; ${script}`;
    const env = { ...this.#env, ...extra };
    return runScript(line, { cwd: ROOT, env, shell: join(this.bin, 'bash') });
  };

  /** Runs a line of shell that must succeed. @throws Error with its output when it fails */
  readonly must = async (where: string, script: string): Promise<Finished> => {
    const done = await this.sh(where, script);
    if (done.code !== 0)
      throw new Error(`exit code ${done.code} of: ${script}\n${done.stdout}${done.stderr}`);
    return done;
  };

  /** Starts a line of shell in a process group of its own, as a terminal does. */
  async startInGroup(where: string, script: string): Promise<Child> {
    await mkdir(join(this.folder, where), { recursive: true });
    return startChild(join(this.bin, 'bash'), ['-c', script], {
      cwd: join(this.folder, where),
      env: this.#env,
      stdout: 'ignore',
      stderr: 'ignore',
    });
  }

  /** What is in the folder `where`. */
  readonly inFolder = (where: string): Promise<string[]> => readdir(join(this.folder, where));

  /** Makes programs of shell script in the folder `where`, to stand in for others. @returns the folder */
  async makeStandIns(where: string, scripts: { [name: string]: string }): Promise<string> {
    const folder = join(this.folder, where);
    await mkdir(folder);
    for (const [name, script] of Object.entries(scripts))
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return folder;
  }

  /** kcp and the controllers that the bootstrap began. */
  readonly deployed = async (): Promise<ProcessInfo[]> => {
    const all = processesOf(this.folder);
    return all
      .filter(({ command }) => /^kcp start|\/dist\/[a-z-]+\.js/.test(command))
      .sort((a, b) => a.pid - b.pid);
  };

  /** Ends the server and all that runs there, and removes the folder. */
  async dispose(): Promise<void> {
    this.#server?.stop();
    for (const { pid } of processesOf(this.folder)) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}
