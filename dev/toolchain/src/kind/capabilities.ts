import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statusOf } from '@kubestellar/process';

/** Bit of CAP_SYS_RESOURCE in the kernel's capability masks (capabilities(7)). */
const SYS_RESOURCE = 24n;

/**
 * Whether this machine withholds CAP_SYS_RESOURCE even from root, as some virtual machines and containers do.
 * Docker asks for every capability for a privileged container, as kind's nodes are, and runc then refuses.
 */
export function lacksSysResource(): boolean {
  const bounding = statusOf('self', 'CapBnd');
  return bounding !== undefined && ((BigInt(`0x${bounding}`) >> SYS_RESOURCE) & 1n) === 0n;
}

/**
 * An OCI runtime: takes the capability out of what runc is asked for (`--bundle` of create and run, `--process` of
 * exec). Containers then run without a capability that the machine does not have anyway.
 */
const RUNTIME = `#!/bin/bash
# Written by the toolchain of KubeStellar; see docs/toolchain.md.
previous= bundle= process=
for argument; do
  case $previous in
    --bundle | -b) bundle=$argument ;;
    --process | -p) process=$argument ;;
  esac
  previous=$argument
done
for file in \${bundle:+"$bundle/config.json"} \${process:+"$process"}; do
  [ -f "$file" ] && sed -i 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' "$file"
done
exec runc "$@"
`;

/** Writes the runtime for machines that lack CAP_SYS_RESOURCE into `folder` and returns its path. */
export async function writeRuntime(folder: string): Promise<string> {
  const path = join(folder, 'runc-without-sys-resource');
  await writeFile(`${path}.tmp`, RUNTIME, { mode: 0o755 });
  await rename(`${path}.tmp`, path);
  return path;
}
