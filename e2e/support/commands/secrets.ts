import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { assert } from '@kubestellar/testing';
import { ArgumentsWatch } from '../arguments-watch.ts';
import { scanForSecrets, secretsOfKubeconfigs } from '../secret-scan.ts';
import type { Shell } from '../shell.ts';

/** Looks for secrets where other users of the machine can read them, while commands run and afterwards. */
export class SecretsWatch {
  readonly #arguments: ArgumentsWatch;

  private constructor({ home }: Shell) {
    // What is made without a mode of its own can now be read and written by everybody.
    process.umask(0);
    this.#arguments = ArgumentsWatch.start(home.path);
  }

  /** Begins, for all that this process starts from now on in the shell. */
  static start(shell: Shell): SecretsWatch {
    return new SecretsWatch(shell);
  }

  /** No token, password or key of the shell's core and clusters is in arguments, in logs or in files of others' reach. */
  async assertNone({ home, folder }: Shell): Promise<void> {
    const secrets = [...(await secretsOfKubeconfigs(home.path)), ...(await secretsOfKubeconfigs(folder))];
    // An administrator's certificate and key of the cluster, tokens of kcp and of syncers, on both sides.
    assert.ok(secrets.length >= 5, `${secrets.length} secrets are known`);
    for (const program of [/kubectl.* prep-for-syncer /, /\/kcp start /, /kube-apiserver /])
      assert.ok(this.#arguments.saw(program), `${program} was not seen`);
    assert.equal(await this.#arguments.stop(secrets), [], 'in arguments');
    assert.equal(await scanForSecrets(join(home.path, 'logs'), secrets), [], 'in logs');
    const open = [...(await openFiles(home.path, secrets)), ...(await openFiles(folder, secrets))];
    assert.equal(open, [], 'in files that others can read or write');
  }
}

/** Files with secrets that others can read or write, other than in folders into which only their owner can go. */
async function openFiles(top: string, secrets: readonly string[], folder = top): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory() && !entry.isFile()) continue;
    const isOpen = ((await stat(path)).mode & 0o077) !== 0;
    if (!isOpen) continue;
    if (entry.isDirectory()) found.push(...(await openFiles(top, secrets, path)));
    else if (holds(await readFile(path, 'latin1'), secrets)) found.push(relative(top, path));
  }
  return found;
}

function holds(content: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => content.includes(secret) || content.includes(btoa(secret)));
}
