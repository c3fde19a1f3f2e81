/** A PKI in a folder, with the files of Easy-RSA 3: either may continue with the other's (docs/commands.md). */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../shell/failure.ts';
import { writePrivateFile } from '../shell/write-file.ts';
import { OPENSSL_CONF } from './openssl-conf.ts';
import { CA, type Issued, type NewKey, newCA, newKey, signingRequest } from './x509.ts';

/** Thirty years: longer than the certificates that the CA issues. */
const CA_DAYS = 10_950;

const PKI_FOLDERS = ['private', 'reqs'];
const CA_FOLDERS = [
  'issued',
  'certs_by_serial',
  'revoked/certs_by_serial',
  'revoked/private_by_serial',
  'revoked/reqs_by_serial',
];
/** What Easy-RSA expects of a CA beside its certificate and key, before any certificate is issued. */
const CA_FILES = { 'index.txt': '', 'index.txt.attr': 'unique_subject = no\n', serial: '01\n' };

/** The files of one issued certificate. */
export interface CredentialFiles {
  readonly certificate: string;
  readonly key: string;
}

/** One folder; all state is in it. */
export class EasyRsaPki {
  readonly folder: string;
  readonly #report: (line: string) => void;

  constructor(folder: string, report: (line: string) => void) {
    this.folder = folder;
    this.#report = report;
  }

  get caFiles(): CredentialFiles {
    return { certificate: this.#path('ca.crt'), key: this.#path('private/ca.key') };
  }

  filesOf(name: string): CredentialFiles {
    return { certificate: this.#path(`issued/${name}.crt`), key: this.#path(`private/${name}.key`) };
  }

  /** Whether the PKI and its CA are complete. */
  get isComplete(): boolean {
    const { certificate, key } = this.caFiles;
    const files = ['openssl-easyrsa.cnf', ...Object.keys(CA_FILES)].map((file) => this.#path(file));
    const folders = [...PKI_FOLDERS, ...CA_FOLDERS].map((folder) => this.#path(folder));
    return [certificate, key, ...files, ...folders].every((path) => existsSync(path));
  }

  /** Creates what is missing; an existing CA is kept. @throws CommandFailure when that fails */
  async ensure(): Promise<void> {
    const hadPki = [...PKI_FOLDERS, 'openssl-easyrsa.cnf'].every((path) => existsSync(this.#path(path)));
    for (const folder of ['', ...PKI_FOLDERS]) this.#makeFolder(folder);
    this.#writeIfMissing('openssl-easyrsa.cnf', OPENSSL_CONF);
    this.#report(`${hadPki ? 'Re-using' : 'Created'} PKI at ${this.folder}`);
    const hadCa = await this.#ensureCA();
    this.#report(`${hadCa ? 'Re-using' : 'Created'} CA at ${this.caFiles.key}`);
  }

  /** @throws CommandFailure when the CA's certificate or key cannot be used */
  ca(): CA {
    const { certificate, key } = this.caFiles;
    try {
      return new CA(readFileSync(certificate, 'utf8'), readFileSync(key, 'utf8'));
    } catch (error) {
      throw new CommandFailure(`cannot use the CA at ${key}: ${(error as Error).message}`);
    }
  }

  /** Issues a server's certificate, replacing one of that name; the certificate is written last. */
  async issue(name: string, domain: string, days: number): Promise<Issued> {
    const ca = this.ca();
    const { certificate, key } = this.filesOf(name);
    const request = this.#path(`reqs/${name}.req`);
    for (const path of [certificate, key, request]) rmSync(path, { force: true });
    const pair = await newKey();
    const issued = await ca.issue(pair, name, domain, days);
    writePrivateFile(key, pair.key);
    writePrivateFile(request, await signingRequest(pair, name));
    writePrivateFile(this.#path(`certs_by_serial/${issued.serial}.pem`), issued.certificate);
    this.#register(name, issued);
    writePrivateFile(certificate, issued.certificate);
    return issued;
  }

  /** @returns whether the CA existed */
  async #ensureCA(): Promise<boolean> {
    const { certificate, key } = this.caFiles;
    const isThere = existsSync(certificate);
    if (isThere && !existsSync(key))
      throw new CommandFailure(`${certificate} exists, but its private key ${key} does not`);
    for (const folder of CA_FOLDERS) this.#makeFolder(folder);
    for (const [file, content] of Object.entries(CA_FILES)) this.#writeIfMissing(file, content);
    // A key without a certificate is the remainder of an interrupted run.
    if (!isThere) await this.#createCA();
    return isThere;
  }

  async #createCA(): Promise<void> {
    const { certificate, key } = this.caFiles;
    const pair: NewKey = await newKey();
    writePrivateFile(key, pair.key);
    const name = `easy@${Math.floor(Date.now() / 1000)}`;
    writePrivateFile(certificate, await newCA(pair, name, CA_DAYS));
  }

  /** The list of issued certificates and the next serial number, as `openssl ca` keeps them. */
  #register(name: string, { serial, notAfter }: Issued): void {
    const index = this.#path('index.txt');
    const entry = ['V', asn1Time(notAfter), '', serial, 'unknown', `/CN=${name}`].join('\t');
    writePrivateFile(index, `${readFileSync(index, 'utf8')}${entry}\n`);
    const next = (BigInt(`0x${serial}`) + 1n).toString(16).toUpperCase();
    writePrivateFile(this.#path('serial'), `${next.length % 2 === 0 ? '' : '0'}${next}\n`);
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #makeFolder(name: string): void {
    const path = this.#path(name);
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new CommandFailure(`cannot make the folder ${path}: ${(error as Error).message}`);
    }
  }

  #writeIfMissing(name: string, content: string): void {
    const path = this.#path(name);
    if (!existsSync(path)) writePrivateFile(path, content);
    else if (!statSync(path).isFile()) throw new CommandFailure(`${path} is no file`);
  }
}

/** UTCTime to 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5). */
function asn1Time(date: Date): string {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return date.getUTCFullYear() < 2050 ? digits.slice(2) : digits;
}
