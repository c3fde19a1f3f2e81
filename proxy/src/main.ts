/** workspace-proxy: what users of a WMW connect to where its RBAC and admission objects are data (docs/denaturing.md). */
import { runProgram } from '@kubestellar/program';
import { program } from './program.ts';

await runProgram(program, process.argv.slice(2));
