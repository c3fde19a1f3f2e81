import { WorkQueue, type WorkQueueOptions } from '@kubestellar/kube';
import type { Registry } from 'prom-client';
import { observeQueue } from './metrics.ts';

/** Creates a work queue that is included in the metrics of the program. */
export function observedQueue<Key extends string = string>(
  registry: Registry,
  options: Omit<WorkQueueOptions<Key>, 'observe'>,
): WorkQueue<Key> {
  const observe = observeQueue(registry, options.name, () => queue.depth);
  const queue = new WorkQueue<Key>({ ...options, observe });
  return queue;
}
