export { Authority, issuedAt, type KeyPair, PkiError, readCertificate, type Subject } from './authority.ts';
