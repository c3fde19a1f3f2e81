import { join } from 'node:path';
import { DEMO } from './demo.ts';
import { WMW } from './names.ts';
import { cloneRoot } from './programs.ts';
import type { LocalSetup } from './start.ts';

/** What `npm start` says in the end: a short table, and three commands that work when pasted as they are. */
export function summary({ state, wecs }: LocalSetup): string {
  const rows = wecs.map(({ name, demo, mailbox }) => [
    name,
    `${DEMO}/${DEMO}`,
    `${demo.ready}/${demo.wanted}`,
    `${demo.reported} available, by ${mailbox}`,
  ]);
  const wec = wecs[0]?.name ?? 'edge1';
  return `
${table(['CLUSTER', 'DEPLOYMENT', 'READY', 'STATUS IN THE CORE'], rows)}

The demo workload in ${WMW} runs on ${wecs.length === 1 ? 'the cluster' : `all ${wecs.length} clusters`}, and its status has come back. Try next, in a shell:

  export PATH=${quote(join(cloneRoot(), 'bin'))}:${quote(state.bin)}:"$PATH" KUBECONFIG=${quote(state.adminKubeconfig)} KUBESTELLAR_STATE_DIR=${quote(state.core)}

  kubectl ws :${WMW} && kubectl -n ${DEMO} scale deployment ${DEMO} --replicas=3
  kubectl --kubeconfig ${quote(state.wecKubeconfig(wec))} -n ${DEMO} get deployments,pods,configmaps
  kubestellar-list-syncing-objects --api-group apps --api-kind Deployment

All of it goes on running. npm stop ends it; npm stop -- --purge removes its state too.
`;
}

/** Left-aligned columns, two blanks apart. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The text as one word of a POSIX shell. */
export function quote(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
