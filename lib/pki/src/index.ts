export { CA, issuedAt, type KeyPair, PkiError, readCertificate, type Subject } from './ca.ts';
