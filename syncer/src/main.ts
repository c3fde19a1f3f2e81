/** kubestellar-syncer: runs in (or beside) a workload execution cluster and moves its objects. */
import { runProgram } from '@kubestellar/program';
import { program } from './program.ts';

await runProgram(program, process.argv.slice(2));
