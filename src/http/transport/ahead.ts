import type { Socket } from 'node:net';
import { monotonic } from '../monotonic';
import { BrokenConnection } from './breakage';

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
  open(name: string, connect: (signal: AbortSignal) => Promise<Socket>): void {
    const { signal } = this.#stop;
    const ready = connect(signal).then(
      (socket) => {
        socket.on('error', () => {});
        return { socket, since: monotonic() };
      },
      () => undefined,
    );
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, waiting);
    waiting.push(ready);
  }

  /**
   * A connection, perhaps once it has come about; a new one where there is none that a request could use.
   * @throws BrokenConnection once all of them were closed.
   */
  async take(name: string, connect: () => Promise<Socket>): Promise<Socket> {
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
    throw new BrokenConnection({ reason: 'closed' });
  }

  close(): void {
    this.#stop.abort();
    for (const ready of [...this.#waiting.values()].flat()) void ready.then((unused) => unused?.socket.destroy());
    this.#waiting.clear();
  }
}
