import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonic } from '../monotonic';
import { BrokenConnection, closed } from './breakage';
import { nameOf } from './connections';

/** How Node takes a connection that is not there at once. */
export type Callback = (error: Error | null, stream: Duplex) => void;

/** Milliseconds after which a server may be about to close a connection on which it has not been asked anything. */
const maxIdle = 5000;

/** Connections that were opened before a request needs them, by host and port. No request has been sent on them. */
export class ConnectionsAhead {
  /** Undefined stands for a failure: the request that needs the connection opens its own, and says why that fails. */
  readonly #waiting = new Map<string, Promise<{ socket: Socket; since: number } | undefined>[]>();
  readonly #stop = new AbortController();

  /**
   * Opens a connection. Nothing is lost where that fails.
   * @param connect returns the socket once it can be written to, and ends it at the signal.
   */
  open(address: RequestOptions, connect: (signal: AbortSignal) => Promise<Socket>): void {
    const ready = connect(this.#stop.signal).then(
      (socket) => {
        socket.on('error', () => {});
        return { socket, since: monotonic() };
      },
      () => undefined,
    );
    const name = nameOf(address);
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, waiting);
    waiting.push(ready);
  }

  /**
   * Gives Node a connection, perhaps once it has come about; a new one where there is none that a request could use, and a
   * BrokenConnection once all of them were closed.
   */
  handOver(address: RequestOptions, connect: () => Promise<Socket>, callback: Callback | undefined): void {
    this.#take(nameOf(address), connect)
      .then((socket) => callback?.(null, socket))
      // Node's own type asks for a connection beside the error; Node does not.
      .catch((error) => (callback as ((error: Error) => void) | undefined)?.(error));
  }

  async #take(name: string, connect: () => Promise<Socket>): Promise<Socket> {
    const waiting = this.#waiting.get(name) ?? [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const ready = await next;
      if (!ready) continue;
      const { socket, since } = ready;
      if (!socket.destroyed && socket.writable && monotonic() - since <= maxIdle) return socket;
      socket.destroy();
    }
    this.#refuseIfClosed();
    const socket = await connect();
    this.#refuseIfClosed(socket);
    return socket;
  }

  #refuseIfClosed(socket?: Socket): void {
    if (!this.#stop.signal.aborted) return;
    socket?.destroy();
    throw new BrokenConnection({ reason: closed });
  }

  close(): void {
    this.#stop.abort();
    for (const ready of [...this.#waiting.values()].flat()) void ready.then((unused) => unused?.socket.destroy());
    this.#waiting.clear();
  }
}
