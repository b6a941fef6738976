import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy nearby, with every host behind it far away: each way to a host takes so many milliseconds. */
export class DelayingProxy {
  /** Milliseconds for one way. */
  oneWay = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#serve(client));
  readonly #target: number;

  /** @param target port on this machine to which every connection leads. */
  constructor(target: number) {
    this.#target = target;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket): void {
    this.#watch(client);
    client.once('data', () => {
      // The proxy's own connection to the host: there and back.
      setTimeout(() => {
        const host = connect(this.#target, '127.0.0.1');
        this.#watch(host);
        client.on('close', () => host.destroy());
        host.on('close', () => setTimeout(() => client.destroy(), this.oneWay));
        client.on('data', (chunk) => void setTimeout(() => host.write(chunk), this.oneWay));
        host.on('data', (chunk) => void setTimeout(() => client.write(chunk), this.oneWay));
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      }, 2 * this.oneWay);
    });
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}
