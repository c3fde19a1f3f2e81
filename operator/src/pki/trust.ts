/** Whom servers and clients trust: the present authority, and for a while those before it. */
import { X509Certificate } from 'node:crypto';
import { certificatesIn } from '@kubestellar/kube';

/**
 * The certificates to trust. @param current those of the present authority @param published what was trusted so far,
 * from which certificates of former authorities are kept @param keepFormer whether these are still to be trusted
 */
export function trustBundle(current: string, published: string, keepFormer: boolean, now: number): string {
  const own = certificatesIn(current);
  const known = new Set(own.map(fingerprint));
  const former = keepFormer ? certificatesIn(published).filter((pem) => !known.has(fingerprint(pem))) : [];
  return [...own, ...former.filter((pem) => new X509Certificate(pem).validToDate.getTime() > now)].join('');
}

/** SHA-256 of a certificate in PEM, as Node writes it. */
export function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
