const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates in a PEM text, each ended by a line break. */
export function certificatesIn(text: string): string[] {
  return (text.match(CERTIFICATE) ?? []).map((pem) => `${pem}\n`);
}
