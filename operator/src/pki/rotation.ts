import { type KubeStellar, ROTATE_CAS, ROTATE_CERTIFICATES } from '@kubestellar/api';

/** Certificates and CAs from before these times are replaced (milliseconds since 1970); 0 without a request. */
export interface Rotation {
  readonly certificates: number;
  readonly cas: number;
  /** When a rotation is due that was requested for a later time. */
  readonly next: number | undefined;
}

/** What the annotations of the KubeStellar request. An unreadable time requests nothing. */
export function rotationOf({ metadata }: KubeStellar, now: number): Rotation {
  const { annotations = {} } = metadata;
  const requested = [ROTATE_CERTIFICATES, ROTATE_CAS].map((key) => {
    const time = Date.parse(annotations[key] ?? '');
    return Number.isFinite(time) ? Math.floor(time / 1000) * 1000 : 0;
  });
  // Clocks differ: for a time in the future, certificates would be renewed again and again until then.
  const [certificates = 0, cas = 0] = requested.map((time) => (time <= now ? time : 0));
  const ahead = requested.filter((time) => time > now);
  return {
    certificates: Math.max(certificates, cas),
    cas,
    next: ahead.length > 0 ? Math.min(...ahead) : undefined,
  };
}
