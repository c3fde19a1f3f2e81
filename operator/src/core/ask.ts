import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { HOSTED_CORE } from '@kubestellar/api';
import type { Answer, Question } from '../pki/reconcile-certificates.ts';
import { PROXY_NAME } from '../pki/view.ts';

const LIMIT_MS = 5_000;
/** A certificate that is made to ask with lives this long (milliseconds). */
const LIFETIME = 600_000;
/** Someone who may do nothing. */
const NOBODY = 'kubestellar:trust-question';

/** Asks kcp or the view, as someone whom an authority certifies, whom it trusts and which certificate it presents. */
export async function ask(
  namespace: string,
  { port, authority, serverTrust, asProxy }: Question,
): Promise<Answer> {
  const commonName = asProxy ? PROXY_NAME : NOBODY;
  const { certificate, key } = await authority.authority.issue({ commonName }, LIFETIME);
  const agent = new Agent({ ca: serverTrust, cert: certificate, key, keepAlive: false });
  const headers = asProxy ? { 'x-remote-user': NOBODY } : {};
  return new Promise((resolve) => {
    const asked = request(
      `https://${HOSTED_CORE.name}.${namespace}.svc:${port}/clusters/root/api`,
      { agent, headers, timeout: LIMIT_MS },
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
