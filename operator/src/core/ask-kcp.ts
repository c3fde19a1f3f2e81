import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { HOSTED_CORE } from '@kubestellar/api';
import type { AuthorityInUse } from '../pki/authorities.ts';
import type { KcpAnswer } from '../pki/reconcile-certificates.ts';

const LIMIT_MS = 5_000;
/** A certificate that is made to ask with lives this long (milliseconds). */
const LIFETIME = 600_000;

/** Asks kcp, as a client of an authority that may do nothing, whom it trusts and which certificate it presents. */
export async function askKcp(
  namespace: string,
  { authority }: AuthorityInUse,
  serverTrust: string,
): Promise<KcpAnswer> {
  const { certificate, key } = await authority.issue({ commonName: 'kubestellar:trust-question' }, LIFETIME);
  const agent = new Agent({ ca: serverTrust, cert: certificate, key, keepAlive: false });
  return new Promise((resolve) => {
    const asked = request(
      `https://${HOSTED_CORE.name}.${namespace}.svc:${HOSTED_CORE.port}/clusters/root/api`,
      { agent, timeout: LIMIT_MS },
      (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
        response.resume();
        // Whom it does not know it answers 401; whom it knows gets what he may see, or 403.
        const { statusCode } = response;
        resolve({ trusts: statusCode === 200 || statusCode === 403, presents: fingerprint256 });
      },
    );
    asked.on('error', () => resolve({ trusts: false, presents: undefined }));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}
