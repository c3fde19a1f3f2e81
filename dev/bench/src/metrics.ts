/** Values by metric name, each with its labels. */
export type Metrics = Map<string, { labels: Record<string, string>; value: number }[]>;

/** Reads Prometheus' text format; lines that are no samples are passed over. */
export function parseMetrics(text: string): Metrics {
  const metrics: Metrics = new Map();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (!name) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
    const list = metrics.get(name) ?? [];
    list.push({ labels: Object.fromEntries(pairs), value: Number(value) });
    metrics.set(name, list);
  }
  return metrics;
}
