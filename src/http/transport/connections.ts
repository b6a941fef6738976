import { Agent as PlainAgent } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { NetworkProxy } from '../../agent-network';
import { addressOf } from '../../url';
import { ConnectionsAhead } from './ahead';
import { watched } from './breakage';
import { openTunnel } from './proxy-tunnel';
import { attemptTimeout, type TlsSettings } from './tls-settings';

type Callback = (error: Error | null, stream: Duplex) => void;

/** Settings of a request that its connection needs, beside those of Node. */
export interface ConnectionOptions extends RequestOptions {
  /** Gives up a connection that has not come about yet; Node does not hand its own signal to what connects. */
  connectSignal?: AbortSignal;
}

/** Milliseconds after which an idle connection is closed. */
const idleTimeout = 60_000;

/** Connections of plain HTTP that are used again. They are for loopback alone. */
export class PlainConnections extends PlainAgent {
  readonly #ahead = new ConnectionsAhead();

  constructor() {
    super({ keepAlive: true, timeout: idleTimeout });
  }

  /** Called by Node for each connection that it needs; hands it over later. */
  override createConnection(options: ConnectionOptions, callback?: Callback): undefined {
    const connect = async () => super.createConnection(options) as Socket;
    handOver(this.#ahead.take(nameOf(options), connect), callback);
  }

  /** Opens a connection to the host of a URL that the next request there can use. */
  openAhead(url: URL): void {
    const address = addressOf(url);
    this.#ahead.open(nameOf(address), (signal) => connected(super.createConnection(address) as Socket, signal));
  }

  override destroy(): void {
    this.#ahead.close();
    super.destroy();
  }
}

/** Connections over TLS that are used again, directly or through tunnels of a proxy. */
export class SecureConnections extends Agent {
  readonly #tls: TlsSettings;
  readonly #proxy: NetworkProxy | undefined;
  readonly #ahead = new ConnectionsAhead();
  /** URLs to connect to once the proxy has taken a request: one that refuses a password must not see it again. */
  #afterFirstTunnel: URL[] | undefined = [];

  constructor(tls: TlsSettings, proxy?: NetworkProxy) {
    super({ keepAlive: true, timeout: idleTimeout, ...tls });
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** Called by Node for each connection that it needs; hands it over later. */
  override createConnection(options: ConnectionOptions, callback?: Callback): undefined {
    const connect = () => this.#connect(options);
    handOver(this.#ahead.take(nameOf(options), connect), callback);
  }

  /** Opens a connection to the host of a URL that the next request there can use. */
  openAhead(url: URL): void {
    if (this.#proxy && this.#afterFirstTunnel) {
      this.#afterFirstTunnel.push(url);
      return;
    }
    const address = addressOf(url);
    const servername = isIP(address.host) === 0 ? address.host : '';
    this.#ahead.open(nameOf(address), async (signal) => {
      const socket = await this.#connect({ ...this.#tls, servername, ...address, connectSignal: signal });
      return connected(socket, signal);
    });
  }

  override destroy(): void {
    this.#ahead.close();
    super.destroy();
  }

  async #connect(options: ConnectionOptions): Promise<Socket> {
    if (!this.#proxy) return this.#secure(options);
    const { host, port, connectSignal: signal } = options;
    const socket = await openTunnel(this.#proxy, this.#tls, { host: host ?? '', port: Number(port), signal });
    const waiting = this.#afterFirstTunnel ?? [];
    this.#afterFirstTunnel = undefined;
    for (const url of waiting) if (nameOf(addressOf(url)) !== nameOf(options)) this.openAhead(url);
    return this.#secure({ ...options, socket });
  }

  #secure(options: RequestOptions & { socket?: Socket }): TLSSocket {
    const patient = { autoSelectFamilyAttemptTimeout: attemptTimeout, ...options };
    return watched(super.createConnection(patient) as TLSSocket);
  }
}

function handOver(connection: Promise<Socket>, callback: Callback | undefined): void {
  connection
    .then((socket) => callback?.(null, socket))
    // Node's own type asks for a connection beside the error; Node does not.
    .catch((error) => (callback as ((error: Error) => void) | undefined)?.(error));
}

/** A connection once it has come about. */
function connected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) socket.destroy();
    else signal.addEventListener('abort', () => socket.destroy());
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

function nameOf({ host, port }: RequestOptions): string {
  return `${host}:${port}`;
}

/** Closes the idle connections to the host of a URL. */
export function closeIdle({ freeSockets }: PlainAgent, url: URL): void {
  const name = `${nameOf(addressOf(url))}:`;
  for (const [key, sockets] of Object.entries(freeSockets)) {
    if (key.startsWith(name)) for (const socket of sockets ?? []) socket.destroy();
  }
}
