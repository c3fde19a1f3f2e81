/** A time as Kubernetes writes it in objects: RFC 3339, UTC, whole seconds (metav1.Time). */
export function timestamp(time: Date | number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '');
}
