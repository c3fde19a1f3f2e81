/** Which CAs servers and clients trust: the present one and, for a while, previous ones. */
import { X509Certificate } from 'node:crypto';
import { certificatesIn } from '@kubestellar/kube';

/**
 * The certificates to trust. @param current those of the present CA @param published the former bundle, from which
 * certificates of previous CAs are kept @param keepFormer whether previous CAs are still to be trusted
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
