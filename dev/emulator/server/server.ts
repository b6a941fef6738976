import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { placeOf } from '../requests/hosts';
import { openServices, type ServiceRequest, type Services } from '../services';
import { control } from './control';
import { deliver, deliverAnswer, gone } from './delivery';

export interface EmulatorOptions {
  /** Default: any free one. */
  port?: number;
  /** Default `fabrikam`. */
  organization?: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** Serve HTTPS with this key and certificate (PEM). */
  tls?: { key: string; cert: string };
}

/** Azure DevOps Services and Entra on loopback. */
export interface Emulator extends Services {
  /** Stops listening and destroys every open socket. */
  close(): Promise<void>;
}

/** Starts the emulated services on one HTTP server. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { organization = 'fabrikam', host = '127.0.0.1', tls, port = 0 } = options;
  const closing = new AbortController();
  // A request can only arrive once the server listens, and the services are open by then.
  const opened: { services?: Services } = {};

  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const delivery = { request, response, closing: closing.signal };
    const services = opened.services as Services;
    try {
      const arrived = requestOf(request, await readBody(request), services);
      if (request.url?.startsWith('/_emulator/')) {
        await deliverAnswer(delivery, control(arrived, services), {});
      } else {
        const { outcome, record } = await services.accept(arrived);
        await deliver(delivery, outcome, record);
        await gone(response);
        await services.onRequest?.(record, 'answered');
      }
    } catch (error) {
      if (closing.signal.aborted || response.headersSent) request.socket.destroy();
      else await deliverAnswer(delivery, { status: 500, json: { error: String(error) } }, {});
    }
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  const services = openServices({ organization, url: `${tls ? 'https' : 'http'}://${address}` });
  opened.services = services;
  return Object.assign(services, {
    async close() {
      closing.abort();
      services.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  });
}

/** A client may have come under a real name of the services; under any other it is on loopback. */
function requestOf(request: IncomingMessage, body: string, { url, state }: Services): ServiceRequest {
  const named = `https://${request.headers.host ?? ''}`;
  const isReal = URL.canParse(named) && placeOf(new URL(named), state.organization).host !== undefined;
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', isReal ? named : url).href,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
    ),
    body,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
