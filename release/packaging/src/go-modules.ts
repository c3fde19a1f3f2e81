import { type Command, runCommand } from './run.ts';
import { type Component, goComponent } from './sbom.ts';

/**
 * The Go modules that the program at `path` was built from, as Go writes them into every program, replacements in
 * place of what they replace; Go's own standard library too. Throws ToolchainError.
 */
export async function goModulesOf(command: Command, path: string): Promise<Component[]> {
  return parseModules(await runCommand(command, 'go', ['version', '-m', path]));
}

/** Reads the output of `go version -m`. */
export function parseModules(text: string): Component[] {
  const components: Component[] = [];
  for (const line of text.split('\n')) {
    const [, kind, path, version] = line.split('\t');
    const go = /: go(\d[\w.]*)$/.exec(line)?.[1];
    if (go !== undefined) components.push(goComponent('std', go));
    if (path === undefined || version === undefined) continue;
    if (kind === '=>') components.pop();
    if (kind === 'dep' || kind === '=>' || kind === 'mod') components.push(goComponent(path, version));
  }
  return components;
}
