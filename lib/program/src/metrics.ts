import { byteCounts, openWatches, requestCounts, writeLimits } from '@kubestellar/kube';
import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';

/**
 * Metrics of a work queue: reconciles by outcome, their duration, and the number of waiting keys.
 * @param depth returns the number of waiting keys; called at each scrape
 * @returns the queue's `observe` option
 */
export function observeQueue(
  registry: Registry,
  queue: string,
  depth: () => number,
): (outcome: 'success' | 'error', seconds: number) => void {
  const metrics = queueMetrics(registry);
  metrics.depths.set(queue, depth);
  return (outcome, seconds) => {
    metrics.total.inc({ queue, outcome });
    metrics.seconds.observe({ queue }, seconds);
  };
}

interface QueueMetrics {
  depths: Map<string, () => number>;
  total: Counter<'queue' | 'outcome'>;
  seconds: Histogram<'queue'>;
}

const known = new WeakMap<Registry, QueueMetrics>();

/** All queues of a program share their metrics and differ by label. */
function queueMetrics(registry: Registry): QueueMetrics {
  const existing = known.get(registry);
  if (existing) return existing;
  const depths = new Map<string, () => number>();
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait for a worker',
    labelNames: ['queue'],
    registers: [],
    collect() {
      for (const [queue, depth] of depths) this.set({ queue }, depth());
    },
  });
  const total = new Counter({
    name: 'reconcile_total',
    help: 'Reconciles that ended, by outcome',
    labelNames: ['queue', 'outcome'],
    registers: [],
  });
  const seconds = new Histogram({
    name: 'reconcile_seconds',
    help: 'Duration of a reconcile',
    labelNames: ['queue'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [],
  });
  for (const metric of [depth, total, seconds] as Metric[]) registry.registerMetric(metric);
  const metrics = { depths, total, seconds };
  known.set(registry, metrics);
  return metrics;
}

/** Metrics of the client layer: the requests of this process, and the bytes of their bodies. */
export function observeClient(registry: Registry): void {
  new Counter({
    name: 'kubestellar_client_requests_total',
    help: 'Requests to Kubernetes and kcp servers, by verb, resource and HTTP status (0: no response)',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { count, ...labels } of requestCounts()) this.inc({ ...labels }, count);
    },
  });
  new Gauge({
    name: 'kubestellar_client_open_watches',
    help: 'Open watches',
    registers: [registry],
    collect() {
      this.set(openWatches());
    },
  });
  new Gauge({
    name: 'kubestellar_client_write_limit',
    help: 'Limit of simultaneous writes to a server, learnt from its responses',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      for (const [server, limit] of writeLimits()) this.set({ server }, limit.value);
    },
  });
  new Counter({
    name: 'kubestellar_client_bytes_total',
    help: 'Bytes of the bodies of requests and responses, watches included',
    labelNames: ['direction'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [direction, count] of Object.entries(byteCounts())) this.inc({ direction }, count);
    },
  });
}
