export {
  CA,
  issuedAt,
  type KeyPair,
  PkiError,
  readCertificate,
  type Subject,
  signingRequest,
} from './ca.ts';
