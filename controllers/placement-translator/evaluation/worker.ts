/** Main module of the process in which jobs run. It knows no server, and ends with the program that started it. */
import { writeFileSync } from 'node:fs';
import { BudgetError } from '../customize/budget.ts';
import { runJob } from './jobs.ts';
import type { Reply, Request } from './messages.ts';
import { TooSlowError } from './within.ts';

try {
  // Where memory runs out, this is the process that the kernel is to end.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Not Linux.
}

const send = (reply: Reply) => void process.send?.(reply);

process.on('disconnect', () => process.exit(0));
// A terminal sends its signals to all processes at once; the one that started us decides when we end.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('message', ({ job }: Request) => {
  const before = process.cpuUsage();
  const took = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    const result = runJob(job, (step) => send({ step }));
    send({ result, took: took() });
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof BudgetError) send({ over: message, isCertain: true, took: took() });
    else if (error instanceof TooSlowError) send({ over: message, isCertain: false, took: took() });
    else send({ failed: message, took: took() });
  }
});
send({ ready: true });
