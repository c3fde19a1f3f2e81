import { isIP } from 'node:net';
import { UsageError } from './failure.ts';

const LABEL = '[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?';
const DOMAIN = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`);

/**
 * A DNS domain name as in a certificate; `*.` may precede it.
 * @throws UsageError when it is none
 */
export function domainName(word: string): string {
  if (isIP(word)) throw new UsageError(`"${word}" is an IP address; a certificate needs a domain name`);
  if (DOMAIN.test(word) && word.length <= 253) return word;
  throw new UsageError(`"${word}" is no domain name such as kcp.example.com`);
}

/**
 * A host as in a URL: a domain name, or an IP address (an IPv6 one gets its brackets).
 * @throws UsageError when it is neither
 */
export function hostInUrl(word: string): string {
  if (isIP(word) === 6) return `[${word}]`;
  if (isIP(word) === 4) return word;
  const domain = domainName(word);
  if (!domain.startsWith('*')) return domain;
  throw new UsageError(`"${word}" is no domain name of one host`);
}

/** @throws UsageError unless the word is a TCP port number, 1 to 65535 */
export function portNumber(word: string): number {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`"${word}" is no port number: 1 to 65535`);
}
