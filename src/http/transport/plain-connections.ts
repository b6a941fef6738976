import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { addressOf } from '../../url';
import { type Callback, ConnectionsAhead } from './ahead';
import { type ConnectionOptions, type Connections, connected, kept } from './connections';

/** Connections of plain HTTP that are used again. They are for loopback alone. */
export class PlainConnections extends Agent implements Connections {
  readonly #ahead = new ConnectionsAhead();

  constructor() {
    super(kept);
  }

  /** Called by Node for each connection that it needs; hands it over later. */
  override createConnection(options: ConnectionOptions, callback?: Callback): undefined {
    this.#ahead.handOver(options, async () => super.createConnection(options) as Socket, callback);
  }

  openAhead(url: URL): void {
    const address = addressOf(url);
    this.#ahead.open(address, (signal) => connected(super.createConnection(address) as Socket, 'connect', signal));
  }

  override destroy(): void {
    this.#ahead.close();
    super.destroy();
  }
}
