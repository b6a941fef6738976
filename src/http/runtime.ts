import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpClient } from 'typed-rest-client/HttpClient';
import type { IHttpClientResponse, IRequestHandler } from 'typed-rest-client/Interfaces';
import { version } from '../../package.json';
import type { AgentNetwork } from '../agent/network';
import { isLoopback } from '../loopback';
import {
  type Breakage,
  breakageOf,
  type ConnectionOptions,
  proxyName,
  SecureConnections,
  tlsSettings,
} from './tls-connections';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds until the whole answer has to be here. */
  timeout: number;
  /** Bytes that the answer may have. */
  largest: number;
  /** Gives the request up at once. */
  signal?: AbortSignal;
}

export type HttpOutcome =
  | { kind: 'answer'; status: number; headers: Record<string, string | undefined>; body: string }
  | ({ kind: 'timed-out' } & Route)
  | { kind: 'too-large' }
  | ({ kind: 'broken' } & Breakage & Route);

/** Which way a request went. */
interface Route {
  /** Name and port of the proxy, if it went through one. */
  proxy?: string;
}

/** The machine's side of the world. Everything that has to do with the network, time or chance goes through it. */
export interface Runtime {
  /** Sends one request, follows no redirect, and never throws. */
  send(request: HttpRequest): Promise<HttpOutcome>;
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Waits; a signal ends that early. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  randomBytes(count: number): Uint8Array;
  /** Calls the listener when the agent asks the process to stop, which no longer stops by itself then. */
  onInterrupt(listener: () => void): void;
  /** Lets go of idle connections, so that they do not hold the process up. */
  close(): void;
}

const idleSocketTimeout = 60_000;

/**
 * The real machine, reached through the agent's proxy and with its certificates.
 * @throws TaskError `network` for a certificate file that cannot be used.
 */
export function nodeRuntime(network: AgentNetwork): Runtime {
  const client = new AbortableClient(network);
  return {
    send: (request) => send(client, request),
    now: () => Date.now(),
    sleep,
    randomBytes: (count) => randomBytes(count),
    onInterrupt: (listener) => {
      // The agent sends SIGINT, then SIGTERM, then kills; on Windows SIGBREAK takes the place of SIGTERM.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, listener);
    },
    close: () => client.close(),
  };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}

async function send(client: AbortableClient, request: HttpRequest): Promise<HttpOutcome> {
  const abort = new AbortController();
  const deadline = setTimeout(() => abort.abort(), request.timeout);
  try {
    const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
    const { message } = await client.send(request, signal);
    const body = await readBody(message, request.largest);
    if (body === undefined) return { kind: 'too-large' };
    return { kind: 'answer', status: message.statusCode as number, headers: singleHeaders(message), body };
  } catch (error) {
    const proxy = client.proxyFor(request.url);
    const route: Route = { ...(proxy !== undefined && { proxy }) };
    if (abort.signal.aborted) return { kind: 'timed-out', ...route };
    return { kind: 'broken', ...breakageOf(error), ...route };
  } finally {
    clearTimeout(deadline);
  }
}

/**
 * The library's client, with what it lacks: it takes no signal to end a request (its own timeout counts idle time
 * only), cannot connect to an IPv6 host whose brackets it leaves on, and has connections of its own.
 */
class AbortableClient {
  readonly #client: HttpClient;
  readonly #direct: SecureConnections;
  readonly #proxied: SecureConnections | undefined;
  readonly #proxy: AgentNetwork['proxy'];
  #signal: AbortSignal | undefined;
  #connections: SecureConnections | undefined;

  constructor(network: AgentNetwork) {
    this.#proxy = network.proxy;
    const tls = tlsSettings(network);
    this.#direct = new SecureConnections(tls);
    this.#proxied = network.proxy && new SecureConnections(tls, network.proxy);
    const handler: IRequestHandler = {
      prepareRequest: (options: ConnectionOptions) => {
        options.host = options.host?.replace(/^\[(.*)\]$/, '$1');
        if (this.#connections) options.agent = this.#connections;
        if (!this.#signal) return;
        options.signal = this.#signal;
        options.until = this.#signal;
      },
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('unreachable')),
    };
    this.#client = new HttpClient(`agent-pool-token/${version}`, [handler], {
      allowRedirects: false,
      allowRetries: false,
      keepAlive: true,
      socketTimeout: idleSocketTimeout,
      // An empty proxy URL, because without any the library takes a proxy from the environment, for loopback too.
      proxy: { proxyUrl: '' },
    });
  }

  send(request: HttpRequest, signal: AbortSignal): Promise<IHttpClientResponse> {
    const url = new URL(request.url);
    const secure = this.#usesProxy(url) ? this.#proxied : this.#direct;
    // Plain HTTP is for loopback alone; with connections over TLS only, Node refuses it for any other host.
    this.#connections = url.protocol === 'http:' && isLoopback(url) ? undefined : secure;
    // The library calls the handler before it first waits, so that requests under way at once do not mix up signals.
    this.#signal = signal;
    // The library's type wants a string, but no body at all is how it sends none.
    return this.#client.request(request.method, request.url, request.body as string, request.headers);
  }

  /** Name and port of the proxy that a URL is asked through, if any. */
  proxyFor(url: string): string | undefined {
    return this.#proxy && URL.canParse(url) && this.#usesProxy(new URL(url)) ? proxyName(this.#proxy) : undefined;
  }

  close(): void {
    this.#client.dispose();
    this.#direct.destroy();
    this.#proxied?.destroy();
  }

  #usesProxy(url: URL): boolean {
    if (!this.#proxy || isLoopback(url)) return false;
    // As the agent does: without the path, and without the usual port.
    return !this.#proxy.bypass.some((pattern) => new RegExp(pattern, 'i').test(url.origin));
  }
}

/** Reads at most this many bytes; undefined if there are more. */
async function readBody(message: IncomingMessage, largest: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) {
      message.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function singleHeaders(message: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}
