import { Agent, request } from 'node:https';
import { HOSTED_CORE } from '@kubestellar/api';
import type { AuthorityInUse } from '../pki/authorities.ts';

const LIMIT_MS = 5_000;
/** A certificate that is made to ask with lives this long (milliseconds). */
const LIFETIME = 600_000;

/**
 * Asks kcp whether it trusts the clients of an authority: as a client of it that may do nothing.
 * @returns false when kcp does not, or does not answer
 */
export async function kcpTrusts(
  namespace: string,
  { authority }: AuthorityInUse,
  serverTrust: string,
): Promise<boolean> {
  const { certificate, key } = await authority.issue({ commonName: 'kubestellar:trust-question' }, LIFETIME);
  const agent = new Agent({ ca: serverTrust, cert: certificate, key, keepAlive: false });
  const code = await new Promise<number>((resolve) => {
    const asked = request(
      `https://${HOSTED_CORE.name}.${namespace}.svc:${HOSTED_CORE.port}/clusters/root/api`,
      { agent, timeout: LIMIT_MS },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on('error', () => resolve(0));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
  // Whom it does not know it answers 401; whom it knows gets what he may see, or 403.
  return code === 200 || code === 403;
}
