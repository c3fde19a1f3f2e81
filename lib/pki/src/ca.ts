import 'reflect-metadata';
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** The subject of a certificate. Kubernetes reads the common name as user, organizations as groups. */
export interface Subject {
  commonName: string;
  organizations?: readonly string[];
  /** With names or addresses it is a server's certificate too; without, only a client's. */
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
}

/** A certificate or key that cannot be used; the message continues "the certificate authority: ". */
export class PkiError extends Error {
  override readonly name = 'PkiError';
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;
/** Certificates of a cluster on your own machine are valid as long as it exists (milliseconds). */
const LONG_LIFE = 3650 * DAY_MS;
/** How far certificates are backdated, because clocks of machines differ (milliseconds). */
const BACKDATE = 3600 * 1000;

/** A certificate authority. A new one has an ECDSA P-256 key; a given one may have RSA, ECDSA or Ed25519. */
export class CA {
  readonly #key: KeyObject;
  readonly #certificate: x509.X509Certificate;

  private constructor(key: KeyObject, certificate: x509.X509Certificate) {
    this.#key = key;
    this.#certificate = certificate;
  }

  /** Creates a self-signed CA. @param lifetime milliseconds; default ten years */
  static async create(commonName: string, lifetime = LONG_LIFE): Promise<CA> {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      ...validity(lifetime),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: await caExtensions(keys.publicKey),
    });
    return new CA(createPrivateKey(await exported(keys)), certificate);
  }

  /**
   * Reads an existing CA.
   * @throws PkiError when its parts cannot be read, do not belong together, or are not those of a CA
   */
  static parse(pair: KeyPair): CA {
    const certificate = readCertificate(pair.certificate);
    if (!certificate.ca) throw new PkiError('its certificate is not that of a CA (CA:TRUE is missing)');
    if (pair.key.includes('ENCRYPTED')) throw new PkiError('its private key has a passphrase');
    const key = readKey(pair.key);
    if (!certificate.checkPrivateKey(key)) throw new PkiError('its key does not belong to its certificate');
    algorithmOf(key);
    return new CA(key, new x509.X509Certificate(certificate.raw));
  }

  /** The CA's own certificate, PEM. */
  get certificate(): string {
    return pem(this.#certificate);
  }

  /** Its private key, PKCS #8, PEM: a secret. */
  get key(): string {
    return this.#key.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /** Whether it has issued that certificate, by its key and not by its name only. */
  hasIssued(certificate: X509Certificate): boolean {
    const own = new X509Certificate(this.certificate);
    return certificate.checkIssued(own) && certificate.verify(own.publicKey);
  }

  /**
   * Issues a certificate with a new key.
   * @param lifetime milliseconds, limited by the CA's own certificate; default ten years
   * @throws PkiError when the CA's own certificate has expired
   */
  async issue(subject: Subject, lifetime = LONG_LIFE): Promise<KeyPair> {
    const keys = await generate();
    const names = alternativeNames(subject);
    const usages = [
      x509.ExtendedKeyUsage.clientAuth,
      ...(names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ];
    const certificate = await this.#sign({
      subject: [
        ...(subject.organizations ?? []).map((name) => ({ O: [name] })),
        { CN: [subject.commonName] },
      ],
      publicKey: keys.publicKey,
      lifetime,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await this.#issuerKey(),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certificate, key: await exported(keys) };
  }

  /**
   * Cross-signs a successor, so that clients which trust only this CA accept the successor's certificates, when the
   * result is sent along with them. @returns PEM @throws PkiError when this CA's own certificate has expired
   */
  async certify(successor: CA): Promise<string> {
    const { publicKey, subject, notAfter } = successor.#certificate;
    const key = await publicKey.export();
    return this.#sign({
      subject,
      publicKey: key,
      lifetime: notAfter.getTime() - Date.now(),
      extensions: [...(await caExtensions(key)), await this.#issuerKey()],
    });
  }

  /** Clients find the issuer by this identifier, which must equal the one in the issuer's own certificate. */
  async #issuerKey(): Promise<x509.Extension> {
    const own = this.#certificate.getExtension(x509.SubjectKeyIdentifierExtension);
    if (own) return new x509.AuthorityKeyIdentifierExtension(own.keyId);
    return x509.AuthorityKeyIdentifierExtension.create(await this.#certificate.publicKey.export());
  }

  async #sign(request: {
    subject: x509.JsonName | string;
    publicKey: x509.PublicKeyType;
    lifetime: number;
    extensions: x509.Extension[];
  }): Promise<string> {
    const { notBefore, notAfter } = validity(request.lifetime);
    const end = this.#certificate.notAfter;
    if (end.getTime() <= Date.now()) throw new PkiError(`its certificate expired on ${end.toISOString()}`);
    const algorithm = algorithmOf(this.#key);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: request.subject,
      issuer: this.#certificate.subjectName,
      notBefore,
      notAfter: new Date(Math.min(notAfter.getTime(), end.getTime())),
      signingAlgorithm: algorithm,
      publicKey: request.publicKey,
      signingKey: this.#key.toCryptoKey(algorithm, false, ['sign']) as webcrypto.CryptoKey,
      extensions: request.extensions,
    });
    return pem(certificate);
  }
}

/** When a CA issued a certificate (milliseconds since 1970, whole seconds). */
export function issuedAt(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + BACKDATE;
}

/** @returns the first certificate in a PEM text @throws PkiError when there is none */
export function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new PkiError(`its certificate cannot be read: ${(error as Error).message}`);
  }
}

function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new PkiError(`its private key cannot be read: ${(error as Error).message}`);
  }
}

/** The signature algorithm of a key, as the Web Cryptography API names it. */
function algorithmOf(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (type === 'ed25519') return { name: 'Ed25519', hash: 'SHA-512' };
  const [namedCurve, hash] = CURVES[details?.namedCurve ?? ''] ?? [];
  if (type === 'ec' && namedCurve && hash) return { name: 'ECDSA', namedCurve, hash };
  throw new PkiError(`its private key is of a kind that is not supported: ${details?.namedCurve ?? type}`);
}

const CURVES: Readonly<Record<string, [namedCurve: string, hash: string]>> = {
  prime256v1: ['P-256', 'SHA-256'],
  secp384r1: ['P-384', 'SHA-384'],
  secp521r1: ['P-521', 'SHA-512'],
};

async function caExtensions(publicKey: x509.PublicKeyType): Promise<x509.Extension[]> {
  return [
    // One CA below it: its successor.
    new x509.BasicConstraintsExtension(true, 1, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exported({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const key = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  return `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`;
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: Subject): x509.JsonGeneralNames {
  return [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
}

/** Whole seconds, as certificates have them. */
function validity(lifetime: number): { notBefore: Date; notAfter: Date } {
  const now = Math.floor(Date.now() / 1000) * 1000;
  return { notBefore: new Date(now - BACKDATE), notAfter: new Date(now + lifetime) };
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
