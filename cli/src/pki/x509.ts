/** Issues the certificates of the PKI, on top of a library. */
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { CommandFailure } from '../shell/failure.ts';

/** A certificate with its entry for the list of issued ones. */
export interface Issued {
  readonly certificate: string;
  /** Upper-case hexadecimal digits, an even number of them. */
  readonly serial: string;
  readonly notAfter: Date;
}

/** A new private key in its forms. */
export interface NewKey {
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Our own keys: ECDSA on P-256. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;
/** Clocks of other machines may be slow. */
const BACKDATE_MS = 60_000;

/** @returns a new key pair */
export async function newKey(): Promise<NewKey> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { keys, key: `${x509.PemConverter.encode(exported, 'PRIVATE KEY')}\n` };
}

/** @returns a certificate signing request without extensions, PEM */
export async function signingRequest({ keys }: NewKey, commonName: string): Promise<string> {
  const name = [{ CN: [commonName] }];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
  });
  return `${request.toString('pem')}\n`;
}

/** Creates the self-signed certificate of a new CA. @param days how long it is valid */
export async function newCA({ keys }: NewKey, commonName: string, days: number): Promise<string> {
  const keyId = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      keyId,
      new x509.AuthorityKeyIdentifierExtension(keyId.keyId),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** The CA of a PKI, with any kind of key that OpenSSL may have created for it. */
export class CA {
  readonly #certificate: x509.X509Certificate;
  readonly #key: KeyObject;
  readonly #pem: string;

  /**
   * @param certificate PEM, with or without text around it
   * @param key PEM, not encrypted
   * @throws CommandFailure when they cannot be used or do not belong together
   */
  constructor(certificate: string, key: string) {
    this.#key = readKey(key);
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(this.#key))
      throw new CommandFailure('its private key does not belong to its certificate');
    this.#pem = parsed.toString();
    this.#certificate = new x509.X509Certificate(parsed.raw);
  }

  get notAfter(): Date {
    return this.#certificate.notAfter;
  }

  /** @returns whether it has issued that certificate */
  hasIssued(certificate: X509Certificate): boolean {
    const own = new X509Certificate(this.#pem);
    return certificate.checkIssued(own) && certificate.verify(own.publicKey);
  }

  /**
   * Issues a server's certificate with one alternative name. @param days how long it is valid, unless the
   * CA's own certificate expires before. @throws CommandFailure when that has expired
   */
  async issue({ keys }: NewKey, commonName: string, domain: string, days: number): Promise<Issued> {
    if (this.notAfter.getTime() <= Date.now())
      throw new CommandFailure(`the CA's certificate expired on ${this.notAfter.toISOString().slice(0, 10)}`);
    const algorithm = signatureOf(this.#key);
    const serial = newSerial();
    const wanted = Date.now() + days * DAY_MS;
    const notAfter = new Date(Math.min(wanted, this.notAfter.getTime()));
    const caId = this.#certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [commonName] }],
      issuer: this.#certificate.subjectName,
      notBefore: new Date(Date.now() - BACKDATE_MS),
      notAfter,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.#key.toCryptoKey(algorithm, false, ['sign']),
      extensions: [
        new x509.BasicConstraintsExtension(false),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...(caId ? [new x509.AuthorityKeyIdentifierExtension(caId)] : []),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: domain }]),
      ],
    });
    return { certificate: `${certificate.toString('pem')}\n`, serial: serial.toUpperCase(), notAfter };
  }
}

/** The signature algorithm of a key, as the Web Cryptography API names it. */
interface Signature {
  name: string;
  hash: string;
  namedCurve?: string;
}

const CURVES: Readonly<Record<string, [namedCurve: string, hash: string]>> = {
  prime256v1: ['P-256', 'SHA-256'],
  secp384r1: ['P-384', 'SHA-384'],
  secp521r1: ['P-521', 'SHA-512'],
};

function signatureOf(key: KeyObject): Signature {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (type === 'ed25519') return { name: 'Ed25519', hash: 'SHA-512' };
  const [namedCurve, hash] = CURVES[details?.namedCurve ?? ''] ?? [];
  if (type === 'ec' && namedCurve && hash) return { name: 'ECDSA', namedCurve, hash };
  throw new CommandFailure(
    `its private key is of a kind that is not supported: ${details?.namedCurve ?? type}`,
  );
}

function readKey(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED'))
    throw new CommandFailure('its private key has a passphrase, which cannot be entered here');
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CommandFailure(`its private key cannot be read: ${(error as Error).message}`);
  }
}

/** 16 random bytes; the first bit is 0, since a serial number is positive (RFC 5280). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
