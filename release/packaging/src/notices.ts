import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolchainError } from '@kubestellar/toolchain';

const LICENSE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;

/**
 * The licences of npm packages as one text, which most of them ask for wherever their code goes. `packages` are told
 * as `name@version` and lie in the node_modules of `root`. Throws ToolchainError when one is not installed.
 */
export async function licenseNotices(root: string, packages: readonly string[]): Promise<string> {
  const { packages: installed } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; license?: string }>;
  };
  const notices: string[] = [];
  for (const id of [...packages].sort()) {
    const at = id.lastIndexOf('@');
    const [name, version] = [id.slice(0, at), id.slice(at + 1)];
    const found = Object.entries(installed).find(
      ([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === version,
    );
    if (found === undefined) throw new ToolchainError(`${id} is not in package-lock.json; run npm install.`);
    const [path, { license }] = found;
    notices.push(`${id} (${license ?? 'see below'})\n\n${await licenseText(join(root, path))}`.trim());
  }
  return `${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** Empty where a package brings no such file. */
async function licenseText(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => LICENSE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.map((text) => text.trim()).join('\n\n');
}
