/** Who the clients are that show a certificate. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificatesIn } from '@kubestellar/kube';

/** Someone whom kcp is to take the request for. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A certificate by which nobody is known; the message is for who has shown it. */
export class NotAccepted extends Error {
  override readonly name = 'NotAccepted';
}

/** A handshake that takes longer is given up (milliseconds). */
export const HANDSHAKE_LIMIT = 10_000;

/** What a client has shown when its connection began. */
interface Shown {
  readonly certificate: X509Certificate;
  /** Why it was not accepted then. */
  readonly refusal: string | undefined;
  /** By whom it was verified then; undefined where that is not sure. */
  readonly authorities: readonly X509Certificate[] | undefined;
}

/**
 * Groups that no proxy tells kcp of, since it does not check what their members do; kcp's own proxy for several
 * shards drops the same (`--authentication-drop-groups`).
 */
const DROPPED = new Set(['system:masters', 'system:kcp:logical-cluster-admin']);

/** Knows clients by the certificates that their connections began with. */
export class Clients {
  #pem = '';
  #authorities: readonly X509Certificate[] = [];
  #changedAt = 0;
  readonly #shown = new WeakMap<Socket, Shown>();

  /** @param pem the authorities whose certificates are accepted from now on; none for an empty text */
  trust(pem: string): void {
    if (pem === this.#pem) return;
    this.#pem = pem;
    this.#changedAt = Date.now();
    this.#authorities = certificatesIn(pem).map((one) => new X509Certificate(one));
  }

  /**
   * Takes note of a client at the end of its handshake, in which TLS has verified what it shows. Nothing that comes
   * later on the connection counts: what would be shown then has not been verified.
   */
  meet(socket: TLSSocket): void {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return;
    const refusal = socket.authorized ? undefined : String(socket.authorizationError);
    const mayHaveBegunBefore = Date.now() <= this.#changedAt + HANDSHAKE_LIMIT;
    const authorities = mayHaveBegunBefore ? undefined : this.#authorities;
    this.#shown.set(socket, { certificate, refusal, authorities });
  }

  /** @returns the caller on a connection; undefined for one without a certificate @throws NotAccepted */
  callerOn(socket: Socket): Identity | undefined {
    const shown = this.#shown.get(socket);
    if (!shown) return undefined;
    const { certificate, refusal, authorities } = shown;
    if (refusal !== undefined) throw new NotAccepted(`the client certificate is not accepted (${refusal})`);
    const now = Date.now();
    if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime())
      throw new NotAccepted(`the client certificate has ended on ${certificate.validTo}`);
    if (authorities !== this.#authorities && !this.#hasIssued(certificate))
      throw new NotAccepted('the authority of the client certificate is not trusted any more');
    return identityIn(certificate);
  }

  #hasIssued(certificate: X509Certificate): boolean {
    return this.#authorities.some(
      (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
    );
  }
}

/**
 * @returns the user and the groups that Kubernetes takes a certificate for: common name and organizations
 * @throws NotAccepted for names that kcp would not be told as they are
 */
function identityIn(certificate: X509Certificate): Identity {
  const { CN, O } = certificate.toLegacyObject().subject as { CN?: string | string[]; O?: string | string[] };
  const user = [CN ?? []].flat().at(-1) ?? '';
  const groups = [O ?? []].flat().filter((group) => group !== '' && !DROPPED.has(group));
  if (user === '') throw new NotAccepted('the client certificate names no user (its common name is empty)');
  const odd = [user, ...groups].find((name) => !isTold(name));
  if (odd !== undefined)
    throw new NotAccepted(
      `the client certificate has a name that can't be passed on: ${JSON.stringify(odd)}`,
    );
  return { user, groups };
}

/** What receives a header drops spaces around its value, which would make another name of it. */
function isTold(name: string): boolean {
  return name.trim() === name && !/\p{Cc}/u.test(name);
}
