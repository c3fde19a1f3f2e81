import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import type { Fields } from '../kubeconfig/kubeconfig.ts';

/** How long a server may take to shake hands, milliseconds. */
const LIMIT_MS = 5_000;

/** OpenSSL's errors for a certificate of an untrusted CA. */
const OF_OTHERS = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** The server presents a certificate that the kubeconfig's CA has not issued. */
export class ForeignCertificate extends Error {
  override readonly name = 'ForeignCertificate';
}

/**
 * Connects to a server as its clients do.
 * @param ca PEM certificates to verify it with; '' for the system's
 * @param name the name in the certificate, if it is not the host of the URL
 * @returns when the server's certificate expires
 * @throws ForeignCertificate when another CA has issued the certificate; Error when there is none, or it is not
 *   trusted for another reason
 */
export async function serverCertificate(server: string, ca: string, name?: string): Promise<Date> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const options: ConnectionOptions = {
    host,
    port: Number(port || 443),
    timeout: LIMIT_MS,
    ...(name || !isIP(host) ? { servername: name ?? host } : {}),
    ...(ca ? { ca: ca } : {}),
  };
  try {
    return (await presented(options)).validToDate;
  } catch (error) {
    if (!OF_OTHERS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Connects once more, to name the issuer.
    const { subject, issuer } = await presented({ ...options, rejectUnauthorized: false });
    const [whose, by] = [subject, issuer].map((each) => each?.replaceAll('\n', ', ') || 'nobody');
    throw new ForeignCertificate(
      `the server presents the certificate "${whose}" of "${by}", which the CA of the kubeconfig has not issued`,
    );
  }
}

/** The certificate that a server presents. @throws when there is none in time, or it is not trusted */
function presented(options: ConnectionOptions): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate) resolve(certificate);
      else reject(new Error('the server presents no certificate'));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('timeout', () => {
      reject(
        new Error(`no response from https://${options.host}:${options.port} within ${LIMIT_MS / 1000} s`),
      );
      socket.destroy();
    });
  });
}

/** @returns when the client certificate of a kubeconfig user expires; undefined when it has none */
export function clientCertificateEnd(user: Fields): Date | undefined {
  const { 'client-certificate-data': data, 'client-certificate': path } = user;
  if (typeof data === 'string' && data !== '')
    return new X509Certificate(Buffer.from(data, 'base64')).validToDate;
  if (typeof path === 'string' && path !== '') return new X509Certificate(readFileSync(path)).validToDate;
  return undefined;
}
