export {
  Authority,
  issuedAt,
  type KeyPair,
  PkiError,
  readCertificate,
  type Subject,
  signingRequest,
} from './authority.ts';
