/** Identifies clients by their certificates. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificatesIn } from '@kubestellar/kube';

/** The user for whom kcp handles a request. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A certificate that identifies no user; the message is for the client. */
export class NotAccepted extends Error {
  override readonly name = 'NotAccepted';
}

/** A handshake that takes longer is given up (milliseconds). */
export const HANDSHAKE_LIMIT = 10_000;

/** The certificate that a client presented when its connection began. */
interface Presented {
  readonly certificate: X509Certificate;
  /** Why it was not accepted at that time. */
  readonly refusal: string | undefined;
  /** The CAs that verified it then; undefined where that is not certain. */
  readonly cas: readonly X509Certificate[] | undefined;
}

/**
 * Groups that the proxy never passes on, since it does not check what their members do. kcp's own proxy for several
 * shards drops the same (`--authentication-drop-groups`).
 */
const DROPPED = new Set(['system:masters', 'system:kcp:logical-cluster-admin']);

/** Identifies clients by the certificates that they presented at the beginning of their connections. */
export class Clients {
  #pem = '';
  #cas: readonly X509Certificate[] = [];
  #changedAt = 0;
  readonly #presented = new WeakMap<Socket, Presented>();

  /** @param pem the CAs whose certificates are accepted from now on; empty for none */
  trust(pem: string): void {
    if (pem === this.#pem) return;
    this.#pem = pem;
    this.#changedAt = Date.now();
    this.#cas = certificatesIn(pem).map((one) => new X509Certificate(one));
  }

  /**
   * Records a client at the end of its handshake, in which TLS has verified its certificate. Certificates that are
   * presented later on the connection do not count, since nothing has verified them.
   */
  meet(socket: TLSSocket): void {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return;
    const refusal = socket.authorized ? undefined : String(socket.authorizationError);
    const mayHaveBegunBefore = Date.now() <= this.#changedAt + HANDSHAKE_LIMIT;
    const cas = mayHaveBegunBefore ? undefined : this.#cas;
    this.#presented.set(socket, { certificate, refusal, cas });
  }

  /** @returns the caller on a connection; undefined for one without a certificate @throws NotAccepted */
  callerOn(socket: Socket): Identity | undefined {
    const presented = this.#presented.get(socket);
    if (!presented) return undefined;
    const { certificate, refusal, cas } = presented;
    if (refusal !== undefined) throw new NotAccepted(`the client certificate is not accepted (${refusal})`);
    const now = Date.now();
    if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime())
      throw new NotAccepted(`the client certificate expired on ${certificate.validTo}`);
    if (cas !== this.#cas && !this.#hasIssued(certificate))
      throw new NotAccepted('the CA of the client certificate is no longer trusted');
    return identityIn(certificate);
  }

  #hasIssued(certificate: X509Certificate): boolean {
    return this.#cas.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  }
}

/**
 * @returns user and groups of a certificate as Kubernetes reads them: common name and organizations
 * @throws NotAccepted for names that a header cannot carry unchanged
 */
function identityIn(certificate: X509Certificate): Identity {
  const { CN, O } = certificate.toLegacyObject().subject as { CN?: string | string[]; O?: string | string[] };
  const user = [CN ?? []].flat().at(-1) ?? '';
  const groups = [O ?? []].flat().filter((group) => group !== '' && !DROPPED.has(group));
  if (user === '') throw new NotAccepted('the client certificate names no user (its common name is empty)');
  const odd = [user, ...groups].find((name) => !canBeHeader(name));
  if (odd !== undefined)
    throw new NotAccepted(
      `the client certificate has a name that cannot be passed on: ${JSON.stringify(odd)}`,
    );
  return { user, groups };
}

/** Receivers of a header drop spaces around its value, which would change the name. */
function canBeHeader(name: string): boolean {
  return name.trim() === name && !/\p{Cc}/u.test(name);
}
