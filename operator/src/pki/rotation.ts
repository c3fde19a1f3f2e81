import { type KubeStellar, ROTATE_AUTHORITIES, ROTATE_CERTIFICATES } from '@kubestellar/api';

/** Since when certificates and authorities must be (milliseconds since 1970); 0 when nobody asked. */
export interface Rotation {
  readonly certificates: number;
  readonly authorities: number;
  /** When a rotation is due that was asked for a later time. */
  readonly next: number | undefined;
}

/** What the annotations of the KubeStellar ask for. A time that can't be read asks for nothing. */
export function rotationOf({ metadata }: KubeStellar, now: number): Rotation {
  const { annotations = {} } = metadata;
  const asked = [ROTATE_CERTIFICATES, ROTATE_AUTHORITIES].map((key) => {
    const time = Date.parse(annotations[key] ?? '');
    return Number.isFinite(time) ? Math.floor(time / 1000) * 1000 : 0;
  });
  // Clocks differ: what lies ahead would be renewed again and again until then.
  const [certificates = 0, authorities = 0] = asked.map((time) => (time <= now ? time : 0));
  const ahead = asked.filter((time) => time > now);
  return {
    certificates: Math.max(certificates, authorities),
    authorities,
    next: ahead.length > 0 ? Math.min(...ahead) : undefined,
  };
}
