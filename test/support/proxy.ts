import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/commands/surroundings/free-port';
import { requireProgram } from './strangers';

const binary = '/usr/bin/tinyproxy';

/**
 * What lies behind the proxy: every host on port 443 is one server on loopback. The proxy asks it as its own upstream,
 * since it can neither resolve these names nor would find anything but the real hosts there.
 */
export class Internet {
  /** Hosts that connections were asked for, in order. */
  readonly tunnels: string[] = [];
  /** The port of the one server, until something listens there. */
  target = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer();
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => this.#connect(request, socket));
  }

  static async start(): Promise<Internet> {
    const internet = new Internet();
    await listening(internet.#server);
    return internet;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection, also in the middle of a request. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connect({ url = '' }: IncomingMessage, socket: Socket): void {
    this.tunnels.push(url);
    const onward = connect(this.target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}

/** A real proxy on loopback that asks for a user name and a password. */
export class RealProxy {
  static readonly username = 'build-agent';
  /** Letters and digits, as the proxy's own configuration takes no others. */
  static readonly password = 'Pr0xyPassw0rdThatNobodySees';

  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  static async start(internet: Internet): Promise<RealProxy> {
    requireProgram('tinyproxy');
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
    const settings = [
      `Port ${port}`,
      'Listen 127.0.0.1',
      'Timeout 60',
      'Allow 127.0.0.1',
      `BasicAuth ${RealProxy.username} ${RealProxy.password}`,
      `Upstream http 127.0.0.1:${internet.port}`,
      `LogFile "${join(folder, 'log')}"`,
    ];
    const file = join(folder, 'tinyproxy.conf');
    writeFileSync(file, `${settings.join('\n')}\n`);
    const proxy = new RealProxy(port, spawn(binary, ['-d', '-c', file], { stdio: 'ignore' }), folder);
    await answering(port);
    return proxy;
  }

  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A proxy that takes connections and never says a word. */
export async function silentProxy(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => void sockets.add(socket.on('error', () => {}).resume()));
  const port = await listening(server);
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Waits until something listens on a port. */
export async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The proxy does not listen on port ${port}.`);
}
