import { request as plainRequest, type RequestOptions } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PeerCertificate, TLSSocket, ConnectionOptions as TlsOptions } from 'node:tls';
import type { AgentNetwork } from '../agent/network';
import { secureContext } from './certificate-files';

type Proxy = NonNullable<AgentNetwork['proxy']>;

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

type TlsSettings = Pick<TlsOptions, 'rejectUnauthorized' | 'secureContext'>;

/** Settings of a request that the connection needs, beside those of Node. */
export interface ConnectionOptions extends RequestOptions {
  /** Gives up a connection that has not come about yet. */
  until?: AbortSignal;
}

/** A proxy that did not connect, with what is known about it. */
class ProxyFault extends Error {
  readonly breakage: Breakage;

  constructor(breakage: Breakage) {
    super(breakage.reason);
    this.breakage = { ...breakage, atProxy: true };
  }
}

const rejected = new WeakMap<object, PresentedCertificate>();

/** Connections over TLS that are used again, directly or through tunnels of a proxy. */
export class SecureConnections extends Agent {
  readonly #tls: TlsSettings;
  readonly #proxy: Proxy | undefined;

  constructor(tls: TlsSettings, proxy?: Proxy) {
    super({ keepAlive: true, ...tls });
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** Called by Node for each connection that it needs; returns it, or hands it over later. */
  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | undefined {
    if (!this.#proxy) return watched(super.createConnection(options) as TLSSocket);
    openTunnel(this.#proxy, this.#tls, options)
      .then((socket) => watched(super.createConnection({ ...options, socket } as RequestOptions) as TLSSocket))
      .then((socket) => callback?.(null, socket))
      // Node's own type asks for a connection beside the error; Node does not.
      .catch((error) => (callback as ((error: Error) => void) | undefined)?.(error));
    return undefined;
  }
}

/** Name and port of a proxy, as messages tell them: never its credentials. */
export function proxyName({ url }: Proxy): string {
  const { hostname } = new URL(url);
  return `${hostname}:${portOf(new URL(url))}`;
}

/** What is known about an error that a request ended with. */
export function breakageOf(error: unknown): Breakage {
  if (error instanceof ProxyFault) return error.breakage;
  const certificate = rejected.get(Object(error));
  return { reason: reasonOf(error), ...(certificate && { certificate }) };
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'no error code';
}

/**
 * Settings of Node for every connection over TLS.
 * @throws TaskError `network` for a certificate file that cannot be used.
 */
export function tlsSettings({ certificates, skipCertificateValidation }: AgentNetwork): TlsSettings {
  // Where any certificate is accepted, nobody asks an authority.
  const { caFile, ...client } = certificates ?? {};
  const context = secureContext(skipCertificateValidation ? client : { ...client, ...(caFile && { caFile }) });
  return {
    ...(skipCertificateValidation && { rejectUnauthorized: false }),
    ...(context && { secureContext: context }),
  };
}

/** Asks a proxy for a connection to the host of a request. */
function openTunnel(proxy: Proxy, tls: TlsSettings, { host, port, until }: ConnectionOptions): Promise<Socket> {
  const url = new URL(proxy.url);
  const target = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
  const secure = url.protocol === 'https:';
  const proxyHost = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const options: RequestOptions & TlsOptions = {
    // By itself Node would take the name from the header, and look for that of the target in the proxy's certificate.
    ...(secure && { ...tls, servername: isIP(proxyHost) ? '' : proxyHost }),
    host: proxyHost,
    port: portOf(url),
    method: 'CONNECT',
    path: target,
    headers: { Host: target, ...authorization(proxy) },
    agent: false,
    ...(until && { signal: until }),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? secureRequest : plainRequest)(options);
    request.on('connect', ({ statusCode = 0, headers }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      const proxyOffers = headers['proxy-authenticate'];
      reject(
        new ProxyFault({ reason: String(statusCode), proxyStatus: statusCode, ...(proxyOffers && { proxyOffers }) }),
      );
    });
    if (secure) request.on('socket', (socket) => watched(socket as TLSSocket));
    request.on('error', (error) => reject(new ProxyFault(breakageOf(error))));
    request.end();
  });
}

function authorization({ username, password = '' }: Proxy): Record<string, string> {
  if (!username) return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}` };
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** Keeps the certificate of a connection that is about to be refused for it, so that a message can describe it. */
function watched(socket: TLSSocket): TLSSocket {
  let certificate: PeerCertificate | undefined;
  // Comes just before Node decides; a connection that it refuses tells its certificate no more.
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
