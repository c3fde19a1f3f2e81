import type { Job, Results } from './jobs.ts';

/** What the program asks of its worker, one at a time. */
export interface Request {
  job: Job;
}

/** How a job has ended; `took` is the processor's time that it had (milliseconds). */
export type Answer = { took: number } & (
  | { result: Results[Job['kind']] }
  | { over: string; isCertain: boolean }
  | { failed: string }
);

/** What a worker sends: for each job its steps, if any, and an answer. */
export type Reply = { ready: true } | { step: number } | Answer;
