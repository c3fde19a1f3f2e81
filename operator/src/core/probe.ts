import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { HOSTED_CORE } from '@kubestellar/api';
import type { Probe, ProbeResult } from '../pki/reconcile-certificates.ts';
import { PROXY_NAME } from '../pki/workspace-proxy.ts';

const LIMIT_MS = 5_000;
/** Lifetime of a certificate issued for one probe (milliseconds). */
const LIFETIME = 600_000;
/** A user without any permission. */
const NOBODY = 'kubestellar:trust-question';

/** Connects to kcp or the workspace proxy as a client of the given CA, and returns how that server responds. */
export async function probe(
  namespace: string,
  { port, ca, serverTrust, asProxy }: Probe,
): Promise<ProbeResult> {
  const commonName = asProxy ? PROXY_NAME : NOBODY;
  const { certificate, key } = await ca.issuer.issue({ commonName }, LIFETIME);
  const agent = new Agent({ ca: serverTrust, cert: certificate, key, keepAlive: false });
  const headers = asProxy ? { 'x-remote-user': NOBODY } : {};
  return new Promise((resolve) => {
    const sent = request(
      `https://${HOSTED_CORE.name}.${namespace}.svc:${port}/clusters/root/api`,
      { agent, headers, timeout: LIMIT_MS },
      (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
        response.resume();
        // An unknown user gets 401. A known user gets the result, or 403.
        const { statusCode } = response;
        resolve({ trusts: statusCode === 200 || statusCode === 403, presents: fingerprint256 });
      },
    );
    sent.on('error', () => resolve({ trusts: false, presents: undefined }));
    sent.on('timeout', () => sent.destroy());
    sent.end();
  });
}
