import { Counter, Gauge, type Registry } from '@kubestellar/program';

/** Counts one write that went through: to which side, and by which verb. */
export type CountWrite = (side: 'mailbox' | 'wec', verb: string) => void;

/** What the syncer counts. */
export interface Metrics {
  write: CountWrite;
  /** Counts a reconcile that failed. */
  error(queue: string): void;
}

/** Registers the syncer's metrics; `state` is asked whenever they are read. */
export function createMetrics(
  registry: Registry,
  state: { queueDepth(): number; problems(): number; active(): boolean },
): Metrics {
  const writes = new Counter({
    name: 'kubestellar_syncer_writes_total',
    help: 'Writes that went through, by side and verb.',
    labelNames: ['side', 'verb'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'kubestellar_syncer_reconcile_errors_total',
    help: 'Reconciles of an object that failed and are tried again.',
    labelNames: ['queue'],
    registers: [registry],
  });
  gauge(registry, 'kubestellar_syncer_queue_depth', 'Objects that wait for a reconcile.', state.queueDepth);
  gauge(registry, 'kubestellar_syncer_problems', 'Objects whose last reconcile failed.', state.problems);
  gauge(registry, 'kubestellar_syncer_active', 'Whether this syncer holds the Lease.', () =>
    Number(state.active()),
  );
  return {
    write: (side, verb) => writes.inc({ side, verb }),
    error: (queue) => errors.inc({ queue }),
  };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
