import assert from 'node:assert/strict';
import type { AddressInfo, Server, Socket } from 'node:net';
import { nodeRuntime, type Runtime } from '../../../src/http/runtime';

/** What one test opens: servers that note their connections, and runtimes that accept any certificate. */
export class Opened {
  readonly #ends: (() => void)[] = [];

  async listen(server: Server): Promise<{ port: number; sockets: Socket[] }> {
    const sockets: Socket[] = [];
    server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#ends.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return { port: (server.address() as AddressInfo).port, sockets };
  }

  /** @param proxy its URL, if there is one. */
  runtime(proxy?: string): Runtime {
    const network = { skipCertificateValidation: true, ...(proxy && { proxy: { url: proxy, bypass: [] } }) };
    const runtime = nodeRuntime(network);
    this.#ends.push(() => runtime.close());
    return runtime;
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

/** Waits for at most two seconds. */
export async function until(holds: () => boolean, what = 'it never came about'): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 200, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
