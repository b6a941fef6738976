import { type IncomingMessage, request as sendRequest } from 'node:http';
import { version } from '../../../package.json';
import type { AgentNetwork, NetworkProxy } from '../../agent-network';
import { isLoopback } from '../../loopback';
import { proxyName } from '../../proxies';
import { urlOf } from '../../url';
import type { HttpOutcome, HttpRequest, Route } from '../request';
import { readBody } from './body';
import { BrokenConnection, breakageOf, closed } from './breakage';
import { bypasses } from './bypass';
import { type ConnectionOptions, type Connections, closeIdle } from './connections';
import { PlainConnections } from './plain-connections';
import type * as Secure from './secure-connections';

/** Why a request is given up whose time has passed. */
const timedOut = 'timed out';

/** Sends requests through the agent's proxy, or past it, on connections that are kept open for the step. */
export class Transport {
  readonly #network: AgentNetwork;
  readonly #plain = new PlainConnections();
  readonly #underWay = new Set<AbortController>();
  #secure: Secure.SecureWays | undefined;
  #closed = false;

  /** @throws TaskError `network` for a certificate file that cannot be used. */
  constructor(network: AgentNetwork) {
    this.#network = network;
    // Read before anything is sent, so that a file that cannot be used is not found out half-way.
    if (network.certificates) this.#secureWays();
  }

  /** Sends one request, follows no redirect, and never throws. */
  async send(request: HttpRequest): Promise<HttpOutcome> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    const deadline = setTimeout(() => stop.abort(timedOut), request.timeout);
    if (request.signal?.aborted) abort();
    else request.signal?.addEventListener('abort', abort);
    this.#underWay.add(stop);
    let route: Route = {};
    try {
      const url = new URL(request.url);
      const proxy = this.#proxyFor(url);
      if (proxy) route = { proxy: proxyName(proxy) };
      const exchange = this.#exchange(request, url, stop.signal);
      // Node ends some connections without any event, so that the signal counts whether or not the request ends by it.
      return await Promise.race([exchange, aborted(stop.signal)]);
    } catch (error) {
      const { reason } = stop.signal;
      if (reason === timedOut) return { kind: 'timed-out', ...route };
      return { kind: 'broken', ...(reason === closed ? { reason } : breakageOf(error)), ...route };
    } finally {
      this.#underWay.delete(stop);
      clearTimeout(deadline);
      request.signal?.removeEventListener('abort', abort);
    }
  }

  /** Opens connections that the next requests to the hosts of these URLs can use. Sends nothing, and fails silently. */
  connectAhead(urls: string[]): void {
    for (const url of urls.map(urlOf)) {
      try {
        if (url) this.#connectionsFor(url).openAhead(url);
      } catch (error) {
        // Where no request may go, none will ask for the connection.
        if (!(error instanceof BrokenConnection)) throw error;
      }
    }
  }

  /** Gives up every request, closes every connection, and opens none any more. */
  close(): void {
    this.#closed = true;
    // Each by itself, because a connection that is still coming about belongs to nothing that could be closed.
    for (const stop of this.#underWay) stop.abort(closed);
    for (const connections of [this.#plain, this.#secure?.direct, this.#secure?.proxied]) connections?.destroy();
  }

  async #exchange(request: HttpRequest, url: URL, signal: AbortSignal): Promise<HttpOutcome> {
    const connections = this.#connectionsFor(url);
    if (request.fresh) closeIdle(connections, url);
    const { method, body = '' } = request;
    const headers: Record<string, string> = { 'User-Agent': `agent-pool-token/${version}`, ...request.headers };
    if (body !== '') headers['Content-Length'] = String(Buffer.byteLength(body));
    const message = await exchange(url, { method, headers, agent: connections, connectSignal: signal }, body);
    const text = await readBody(message, request.maxBytes);
    if (text === undefined) return { kind: 'too-large' };
    // Node gives the connection back a little later than the answer; the next request is to find it.
    await new Promise((resolve) => setImmediate(resolve));
    return { kind: 'answer', status: message.statusCode ?? 0, headers: singleHeaders(message), body: text };
  }

  #connectionsFor(url: URL): Connections {
    if (this.#closed) throw new BrokenConnection({ reason: closed });
    if (url.protocol === 'https:') {
      const { direct, proxied } = this.#secureWays();
      return (this.#proxyFor(url) && proxied) ?? direct;
    }
    if (url.protocol === 'http:' && isLoopback(url)) return this.#plain;
    throw new BrokenConnection({ reason: 'ERR_INVALID_PROTOCOL' });
  }

  /** Loaded where it is needed: an organization on this machine is reached without TLS, and Node's part of it is large. */
  #secureWays(): Secure.SecureWays {
    if (this.#secure) return this.#secure;
    const { secureWays }: typeof Secure = require('./secure-connections');
    this.#secure = secureWays(this.#network);
    return this.#secure;
  }

  #proxyFor(url: URL): NetworkProxy | undefined {
    const { proxy } = this.#network;
    return isLoopback(url) || bypasses(proxy?.bypass ?? [], url) ? undefined : proxy;
  }
}

/** One request and the head of its answer. */
function exchange(url: URL, options: ConnectionOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = sendRequest(url, options);
    const { connectSignal: signal } = options;
    // Not by Node's own option, which watches the stream by two more modules.
    if (signal?.aborted) sent.destroy();
    else signal?.addEventListener('abort', () => sent.destroy());
    const switched = () => {
      sent.destroy();
      reject(new BrokenConnection({ reason: '101 Switching Protocols' }));
    };
    // Node takes it for an answer where no protocol is named, and else without this listener ends without any event.
    sent.on('response', (message) => (message.statusCode === 101 ? switched() : resolve(message)));
    sent.on('upgrade', switched);
    sent.on('error', reject);
    // Comes last, and alone where a connection ends without an error.
    sent.on('close', () => reject(new BrokenConnection({ reason: 'ECONNRESET' })));
    sent.end(body);
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new BrokenConnection({ reason: 'ABORT_ERR' }));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

function singleHeaders(message: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
