import { UsageError } from '../shell/failure.ts';

/** Where clients outside of the hosting cluster reach kcp. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A DNS name or an IPv4 address. */
const HOST = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** @returns what `HOST:PORT` says. @throws UsageError when it says something else */
export function endpointOf(text: string): Endpoint {
  const parts = text.split(':');
  const [host = '', port = ''] = parts;
  if (parts.length !== 2)
    throw new UsageError(`--external-endpoint is HOST:PORT, with one colon and no scheme, not "${text}"`);
  if (host.length > 253 || !HOST.test(host))
    throw new UsageError(`"${host}" in --external-endpoint is no DNS name or address in lower case`);
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535)
    throw new UsageError(`"${port}" in --external-endpoint is no port: a number from 1 to 65535`);
  return { host, port: number };
}
