import type { Job, Results } from './jobs.ts';

/** What the program asks of its worker, one at a time. */
export interface Request {
  job: Job;
}

/** What a worker answers: each job ends with the first answer that is no step. */
export type Reply =
  | { ready: true }
  | { step: number }
  | { result: Results[Job['kind']] }
  | { over: string; isCertain: boolean }
  | { failed: string };
