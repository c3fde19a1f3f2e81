/** A PKI in a folder, with the files that Easy-RSA 3 has (spec commands 2): either may go on with the other's. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../shell/failure.ts';
import { writePrivateFile } from '../shell/write-file.ts';
import { OPENSSL_CONF } from './openssl-conf.ts';
import { Authority, type Issued, type NewKey, newAuthority, newKey, signingRequest } from './x509.ts';

/** Thirty years: longer than the certificates that the authority issues. */
const AUTHORITY_DAYS = 10_950;

const PKI_FOLDERS = ['private', 'reqs'];
const CA_FOLDERS = [
  'issued',
  'certs_by_serial',
  'revoked/certs_by_serial',
  'revoked/private_by_serial',
  'revoked/reqs_by_serial',
];
/** What Easy-RSA expects of a CA beside its certificate and key, as it is when nothing was issued. */
const CA_FILES = { 'index.txt': '', 'index.txt.attr': 'unique_subject = no\n', serial: '01\n' };

/** The files of one issued certificate. */
export interface CredentialFiles {
  readonly certificate: string;
  readonly key: string;
}

/** One folder; nothing is remembered that is not in it. */
export class EasyRsaPki {
  readonly folder: string;
  readonly #tell: (line: string) => void;

  constructor(folder: string, tell: (line: string) => void) {
    this.folder = folder;
    this.#tell = tell;
  }

  get authorityFiles(): CredentialFiles {
    return { certificate: this.#path('ca.crt'), key: this.#path('private/ca.key') };
  }

  filesOf(name: string): CredentialFiles {
    return { certificate: this.#path(`issued/${name}.crt`), key: this.#path(`private/${name}.key`) };
  }

  /** Whether nothing of the PKI and its CA is missing. */
  get isComplete(): boolean {
    const { certificate, key } = this.authorityFiles;
    const files = ['openssl-easyrsa.cnf', ...Object.keys(CA_FILES)].map((file) => this.#path(file));
    const folders = [...PKI_FOLDERS, ...CA_FOLDERS].map((folder) => this.#path(folder));
    return [certificate, key, ...files, ...folders].every((path) => existsSync(path));
  }

  /** Makes what is missing; a CA that is there is kept. @throws CommandFailure when that can't be done */
  async ensure(): Promise<void> {
    const hadPki = [...PKI_FOLDERS, 'openssl-easyrsa.cnf'].every((path) => existsSync(this.#path(path)));
    for (const folder of ['', ...PKI_FOLDERS]) this.#makeFolder(folder);
    this.#writeIfMissing('openssl-easyrsa.cnf', OPENSSL_CONF);
    this.#tell(`${hadPki ? 'Re-using' : 'Created'} PKI at ${this.folder}`);
    const hadCa = await this.#ensureCA();
    this.#tell(`${hadCa ? 'Re-using' : 'Created'} CA at ${this.authorityFiles.key}`);
  }

  /** @throws CommandFailure when the CA's certificate or key can't be used */
  authority(): Authority {
    const { certificate, key } = this.authorityFiles;
    try {
      return new Authority(readFileSync(certificate, 'utf8'), readFileSync(key, 'utf8'));
    } catch (error) {
      throw new CommandFailure(`cannot use the CA at ${key}: ${(error as Error).message}`);
    }
  }

  /** Issues a server's certificate, in the place of one of that name; the certificate is the last that appears. */
  async issue(name: string, domain: string, days: number): Promise<Issued> {
    const authority = this.authority();
    const { certificate, key } = this.filesOf(name);
    const request = this.#path(`reqs/${name}.req`);
    for (const path of [certificate, key, request]) rmSync(path, { force: true });
    const pair = await newKey();
    const issued = await authority.issue(pair, name, domain, days);
    writePrivateFile(key, pair.key);
    writePrivateFile(request, await signingRequest(pair, name));
    writePrivateFile(this.#path(`certs_by_serial/${issued.serial}.pem`), issued.certificate);
    this.#register(name, issued);
    writePrivateFile(certificate, issued.certificate);
    return issued;
  }

  /** @returns whether the CA was there */
  async #ensureCA(): Promise<boolean> {
    const { certificate, key } = this.authorityFiles;
    const isThere = existsSync(certificate);
    if (isThere && !existsSync(key))
      throw new CommandFailure(`${certificate} is there, but its private key ${key} is not`);
    for (const folder of CA_FOLDERS) this.#makeFolder(folder);
    for (const [file, content] of Object.entries(CA_FILES)) this.#writeIfMissing(file, content);
    // Without a certificate a key is what an interrupted run has left.
    if (!isThere) await this.#createAuthority();
    return isThere;
  }

  async #createAuthority(): Promise<void> {
    const { certificate, key } = this.authorityFiles;
    const pair: NewKey = await newKey();
    writePrivateFile(key, pair.key);
    const name = `easy@${Math.floor(Date.now() / 1000)}`;
    writePrivateFile(certificate, await newAuthority(pair, name, AUTHORITY_DAYS));
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
