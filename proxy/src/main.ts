/** workspace-proxy: what users of a WMW talk to where its RBAC and admission objects are to be data (docs/denaturing.md). */
import { runProgram } from '@kubestellar/program';
import { program } from './program.ts';

await runProgram(program, process.argv.slice(2));
