import { Agent as PlainAgent } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { AgentNetwork } from '../../agent/network';
import { watched } from './breakage';
import { openTunnel } from './proxy-tunnel';
import { attemptTimeout, type TlsSettings } from './tls-settings';

type Proxy = NonNullable<AgentNetwork['proxy']>;
type Callback = (error: Error | null, stream: Duplex) => void;

/** Settings of a request that its connection needs, beside those of Node. */
export interface ConnectionOptions extends RequestOptions {
  /** Gives up a connection that has not come about yet; Node keeps its own signal from whoever connects. */
  connectSignal?: AbortSignal;
}

/** Milliseconds after which an idle connection is closed. */
const idleTimeout = 60_000;

/** Connections of plain HTTP that are used again. They are for loopback alone. */
export class PlainConnections extends PlainAgent {
  constructor() {
    super({ keepAlive: true, timeout: idleTimeout });
  }

  /** Closes the idle connections to the host of a URL. */
  closeIdle(url: URL): void {
    closeIdle(this, url);
  }
}

/** Connections over TLS that are used again, directly or through tunnels of a proxy. */
export class SecureConnections extends Agent {
  readonly #tls: TlsSettings;
  readonly #proxy: Proxy | undefined;

  constructor(tls: TlsSettings, proxy?: Proxy) {
    super({ keepAlive: true, timeout: idleTimeout, ...tls });
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** Called by Node for each connection that it needs; returns it, or hands it over later. */
  override createConnection(options: ConnectionOptions, callback?: Callback): Duplex | undefined {
    if (!this.#proxy) return this.#secure(options);
    const { host, port, connectSignal: signal } = options;
    openTunnel(this.#proxy, this.#tls, { host: host ?? '', port: Number(port), signal })
      .then((socket) => this.#secure({ ...options, socket }))
      .then((socket) => callback?.(null, socket))
      // Node's own type asks for a connection beside the error; Node does not.
      .catch((error) => (callback as ((error: Error) => void) | undefined)?.(error));
    return undefined;
  }

  /** Closes the idle connections to the host of a URL. */
  closeIdle(url: URL): void {
    closeIdle(this, url);
  }

  #secure(options: RequestOptions & { socket?: Socket }): TLSSocket {
    const patient = { autoSelectFamilyAttemptTimeout: attemptTimeout, ...options };
    return watched(super.createConnection(patient) as TLSSocket);
  }
}

function closeIdle({ freeSockets }: PlainAgent, url: URL): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = `${host}:${url.port || (url.protocol === 'https:' ? 443 : 80)}:`;
  for (const [key, sockets] of Object.entries(freeSockets)) {
    if (key.startsWith(name)) for (const socket of sockets ?? []) socket.destroy();
  }
}
