import { runProgram } from '@kubestellar/program';
import { programOf } from './program.ts';

await runProgram(programOf(import.meta.dirname), process.argv.slice(2));
