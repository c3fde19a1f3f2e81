import { join } from 'node:path';
import { debianPackage } from '@kubestellar/images';
import { mustRunChildSync, runChildSync } from '@kubestellar/process';
import { cacheFolder, ToolchainError } from '@kubestellar/toolchain';

const INSTALLED = ['easyrsa', '/usr/share/easy-rsa/easyrsa'];
const works = (path: string) => runChildSync(path, ['help']).code === 0;

/**
 * Finds Easy-RSA 3, a shell script, or unpacks it from Debian's package, in the cache folder.
 * @returns the command, or why there is none
 */
export async function provideEasyRsa(): Promise<string | { missing: string }> {
  const installed = INSTALLED.find(works);
  if (installed !== undefined) return installed;
  const command = { log: (line: string) => console.log(`    ${line}`) };
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  try {
    const archive = await debianPackage(command, join(cacheFolder(), 'images'), architecture, 'easy-rsa');
    const folder = archive.replace(/\.deb$/, '');
    mustRunChildSync('dpkg-deb', ['-x', archive, folder]);
    const unpacked = join(folder, 'usr/share/easy-rsa/easyrsa');
    return works(unpacked) ? unpacked : { missing: `Easy-RSA in ${archive} does not run` };
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return { missing: `Easy-RSA is not installed, and Debian's package is not to be had: ${error.message}` };
  }
}
