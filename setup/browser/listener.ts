import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closed, page } from './pages';

const host = '127.0.0.1';
const path = '/signed-in';

/** What the browser brought back. */
export type Returned = URLSearchParams;

/** Why nothing can listen on a port, or undefined where something can. */
export async function listenerFault(port: number): Promise<string | undefined> {
  try {
    const listener = await listen(port);
    await listener.close();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no reason was given';
  }
}

/** A server on this machine alone that takes one answer from a browser, and then nothing more. */
export interface Listener {
  /** Resolves with the first answer to the redirect URI. */
  answer: Promise<Returned>;
  close(): Promise<void>;
}

export async function listen(port: number): Promise<Listener> {
  let take: (returned: Returned) => void = () => undefined;
  const answer = new Promise<Returned>((resolve) => {
    take = resolve;
  });
  let taken = false;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://localhost:${port}`);
    if (!isForUs(request, port) || url.pathname !== path) return respond(response, 404, closed);
    // Browsers ask ahead, and again: the first answer is the one that counts.
    if (taken || request.method !== 'GET') return respond(response, 409, closed);
    taken = true;
    const refused = !url.searchParams.has('code');
    respond(response, 200, page(refused ? 'Entra did not sign the user in' : 'The answer has arrived'));
    take(url.searchParams);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { answer, close: () => closeServer(server) };
}

/** A page of another site that has this address resolved to this machine sends its own name. */
function isForUs({ headers }: IncomingMessage, port: number): boolean {
  return [`localhost:${port}`, `${host}:${port}`].includes(headers.host ?? '');
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  });
  response.end(body);
}

async function closeServer(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // The browser may keep a connection open that it asked ahead for.
  setTimeout(() => server.closeAllConnections(), 500).unref();
  await ended;
}
