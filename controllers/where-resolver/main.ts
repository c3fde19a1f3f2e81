import { runController } from '@kubestellar/program';
import { program } from './program.ts';

await runController(program, process.argv.slice(2));
