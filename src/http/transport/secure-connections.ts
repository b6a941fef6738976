import { Agent, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AgentNetwork, NetworkProxy } from '../../agent-network';
import { addressOf } from '../../url';
import { type Callback, ConnectionsAhead } from './ahead';
import { watched } from './breakage';
import { type ConnectionOptions, type Connections, connected, kept, nameOf } from './connections';
import { openTunnel } from './proxy-tunnel';
import { attemptTimeout, type TlsSettings, tlsSettings } from './tls-settings';

/** The two ways to a host over TLS. */
export interface SecureWays {
  direct: SecureConnections;
  /** Through tunnels of the proxy, if there is one. */
  proxied?: SecureConnections;
}

/**
 * Connections over TLS as the agent reaches the network.
 * @throws TaskError `network` for a certificate file that cannot be used.
 */
export function secureWays(network: AgentNetwork): SecureWays {
  const tls = tlsSettings(network);
  const direct = new SecureConnections(tls);
  return { direct, ...(network.proxy && { proxied: new SecureConnections(tls, network.proxy) }) };
}

/** Connections over TLS that are used again, directly or through tunnels of a proxy. */
export class SecureConnections extends Agent implements Connections {
  readonly #tls: TlsSettings;
  readonly #proxy: NetworkProxy | undefined;
  readonly #ahead = new ConnectionsAhead();
  /** URLs to connect to once the proxy has taken a request: one that refuses a password must not see it again. */
  #afterFirstTunnel: URL[] | undefined = [];

  constructor(tls: TlsSettings, proxy?: NetworkProxy) {
    super({ ...kept, ...tls });
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** Called by Node for each connection that it needs; hands it over later. */
  override createConnection(options: ConnectionOptions, callback?: Callback): undefined {
    this.#ahead.handOver(options, () => this.#connect(options), callback);
  }

  openAhead(url: URL): void {
    if (this.#proxy && this.#afterFirstTunnel) {
      this.#afterFirstTunnel.push(url);
      return;
    }
    const address = addressOf(url);
    const servername = isIP(address.host) === 0 ? address.host : '';
    this.#ahead.open(address, async (signal) => {
      const socket = await this.#connect({ ...this.#tls, servername, ...address, connectSignal: signal });
      return connected(socket, 'secureConnect', signal);
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
