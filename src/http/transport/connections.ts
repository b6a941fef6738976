import type { Agent, AgentOptions } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { addressOf } from '../../url';

/** Settings of a request that its connection needs, beside those of Node. */
export interface ConnectionOptions extends RequestOptions {
  /** Gives up a connection that has not come about yet; Node does not hand its own signal to what connects. */
  connectSignal?: AbortSignal;
}

/** Connections of one kind, which are used again. */
export interface Connections extends Agent {
  /** Opens a connection to the host of a URL that the next request there can use. */
  openAhead(url: URL): void;
}

/** Connections are kept, and closed after a minute without use. */
export const kept: AgentOptions = { keepAlive: true, timeout: 60_000 };

/**
 * A connection once it has come about.
 * @param event by which it says so.
 */
export function connected(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) socket.destroy();
    else signal.addEventListener('abort', () => socket.destroy());
    socket.once(event, () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** What connections to one place are known by. */
export function nameOf({ host, port }: RequestOptions): string {
  return `${host}:${port}`;
}

/** Closes the idle connections to the host of a URL. */
export function closeIdle({ freeSockets }: Agent, url: URL): void {
  const name = `${nameOf(addressOf(url))}:`;
  for (const [key, sockets] of Object.entries(freeSockets)) {
    if (key.startsWith(name)) for (const socket of sockets ?? []) socket.destroy();
  }
}
