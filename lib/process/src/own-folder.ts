import { statSync } from 'node:fs';

/**
 * Makes sure that nobody else can put something into a folder from which we read programs, pids or keys.
 * @throws Error when it belongs to another user (other than root), or others may write there
 */
export function requireOwnFolder(folder: string): void {
  const { uid, mode } = statSync(folder);
  const us = process.getuid?.();
  // A system without users has no other user.
  if (us === undefined) return;
  if (uid !== us && uid !== 0) {
    throw new Error(
      `the folder ${folder} belongs to another user (uid ${uid}), who could put into it what is run as you; ` +
        'name a folder of your own',
    );
  }
  if ((mode & 0o022) === 0) return;
  throw new Error(
    `other users may write the folder ${folder}, and so could put into it what is run as you; ` +
      `look at what is in it, then take that right away: chmod go-w '${folder}'`,
  );
}
