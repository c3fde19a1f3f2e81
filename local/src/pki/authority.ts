import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** Whom a certificate is for. Kubernetes takes the common name for the user, organizations for groups. */
export interface Subject {
  commonName: string;
  organizations?: readonly string[];
  /** With names or addresses it is a server's certificate too; without, only a client's. */
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;
/** Days that certificates are valid: those of a cluster on one's own machine live as long as it does. */
const LIFE_DAYS = 3650;

/** A certificate authority with a key of its own (ECDSA P-256). */
export class Authority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  /** Makes a new, self-signed authority. */
  static async create(commonName: string): Promise<Authority> {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      ...validity(),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(keys, certificate);
  }

  /** The authority's own certificate, PEM. */
  get certificate(): string {
    return pem(this.#certificate);
  }

  /** Issues a certificate with a new key. */
  async issue(subject: Subject): Promise<KeyPair> {
    const keys = await generate();
    const names = alternativeNames(subject);
    const usages = [
      x509.ExtendedKeyUsage.clientAuth,
      ...(names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [
        ...(subject.organizations ?? []).map((name) => ({ O: [name] })),
        { CN: [subject.commonName] },
      ],
      issuer: this.#certificate.subjectName,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { certificate: pem(certificate), key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` };
  }
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: Subject): x509.JsonGeneralNames {
  return [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
}

/** Begins an hour ago: clocks of virtual machines jump. */
function validity(): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Date.now() - DAY_MS / 24),
    notAfter: new Date(Date.now() + LIFE_DAYS * DAY_MS),
  };
}

/** 16 random bytes as hexadecimal digits; the first bit is 0, since a serial number is positive (RFC 5280). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
