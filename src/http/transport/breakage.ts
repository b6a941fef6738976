import type { PeerCertificate, TLSSocket } from 'node:tls';
import { fieldsOf } from '../../json';

/** A certificate as it was presented; nothing in it has been checked. */
export interface PresentedCertificate {
  subject: string;
  issuer: string;
  validFrom: string;
  validTo: string;
  /** The host names that it is for. */
  names: string;
}

/** What is known about a connection that failed. Holds no credential. */
export interface Breakage {
  /** Node's own error code, and nothing else: its messages repeat addresses and paths. */
  reason: string;
  /** The connection to the proxy failed, not what was to go through it. */
  atProxy?: boolean;
  /** The status by which the proxy refused to connect. */
  proxyStatus?: number;
  /** The ways of authenticating that it then offered, as it wrote them. */
  proxyOffers?: string;
  /** The certificate that was not accepted. */
  certificate?: PresentedCertificate;
}

/** The reason of what is broken because everything was closed. */
export const closed = 'closed';

/** A connection that failed in a way that Node has no error for. */
export class BrokenConnection extends Error {
  readonly breakage: Breakage;

  constructor(breakage: Breakage) {
    super(breakage.reason);
    this.breakage = breakage;
  }
}

const rejected = new WeakMap<object, PresentedCertificate>();

/** What is known about an error that a request ended with. */
export function breakageOf(error: unknown): Breakage {
  if (error instanceof BrokenConnection) return error.breakage;
  const certificate = rejected.get(Object(error));
  return { reason: reasonOf(error), ...(certificate && { certificate }) };
}

function reasonOf(error: unknown): string {
  const { code } = fieldsOf(error);
  return typeof code === 'string' ? code : 'no error code';
}

/** Keeps the certificate of a connection that is about to be refused for it, so that a message can describe it. */
export function watched(socket: TLSSocket): TLSSocket {
  let certificate: PeerCertificate | undefined;
  // Comes just before Node decides; a connection that it refuses no longer has its certificate.
  socket.prependOnceListener('secure', () => {
    certificate = socket.getPeerCertificate();
  });
  socket.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    const refused = String(socket.authorizationError) === error.code;
    if (refused && certificate?.subject) rejected.set(error, described(certificate));
  });
  return socket;
}

function described({ subject, issuer, valid_from, valid_to, subjectaltname }: PeerCertificate): PresentedCertificate {
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    validFrom: valid_from,
    validTo: valid_to,
    names: (subjectaltname ?? '').replaceAll(/DNS:|IP Address:/g, ''),
  };
}

function nameOf(parts: object | undefined): string {
  return Object.entries(parts ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
