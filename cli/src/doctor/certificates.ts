import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Fields } from '../kubeconfig/kubeconfig.ts';

/** How long a server may take to shake hands, milliseconds. */
const LIMIT_MS = 5_000;

/**
 * Shakes hands with a server as its clients do.
 * @param authority PEM certificates to trust it by; '' for the system's
 * @param name what the certificate must name, if not the host of the URL
 * @returns when the server's certificate ends
 * @throws when there is no server, or it is not trusted
 */
export async function serverCertificate(server: string, authority: string, name?: string): Promise<Date> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect(
      {
        host,
        port: Number(port || 443),
        timeout: LIMIT_MS,
        ...(name || !isIP(host) ? { servername: name ?? host } : {}),
        ...(authority ? { ca: authority } : {}),
      },
      () => {
        resolve(new Date(socket.getPeerCertificate().valid_to));
        socket.destroy();
      },
    );
    socket.on('error', reject);
    socket.on('timeout', () => {
      reject(new Error(`no answer of ${server} within ${LIMIT_MS / 1000} s`));
      socket.destroy();
    });
  });
}

/** @returns when the client certificate of a kubeconfig user ends; undefined when it has none */
export function clientCertificateEnd(user: Fields): Date | undefined {
  const { 'client-certificate-data': data, 'client-certificate': path } = user;
  if (typeof data === 'string' && data !== '')
    return new X509Certificate(Buffer.from(data, 'base64')).validToDate;
  if (typeof path === 'string' && path !== '') return new X509Certificate(readFileSync(path)).validToDate;
  return undefined;
}
