import { WorkQueue, type WorkQueueOptions } from '@kubestellar/kube';
import type { Registry } from 'prom-client';
import { observeQueue } from './metrics.ts';

/** Makes a work queue of which the metrics of the program tell. */
export function observedQueue(registry: Registry, options: Omit<WorkQueueOptions, 'observe'>): WorkQueue {
  const observe = observeQueue(registry, options.name, () => queue.depth);
  const queue = new WorkQueue({ ...options, observe });
  return queue;
}
