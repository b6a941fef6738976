import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpClient } from 'typed-rest-client/HttpClient';
import type { IHttpClientResponse, IRequestHandler, IRequestOptions } from 'typed-rest-client/Interfaces';
import { version } from '../package.json';
import { isLoopback } from './hosts';
import type { AgentNetwork } from './pipeline';

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
  | { kind: 'timed-out' }
  | { kind: 'too-large' }
  | { kind: 'broken'; reason: string };

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

/** The real machine, reached through the agent's proxy and with its certificates. */
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
    return { kind: 'answer', status: message.statusCode ?? 0, headers: singleHeaders(message), body };
  } catch (error) {
    if (abort.signal.aborted) return { kind: 'timed-out' };
    return { kind: 'broken', reason: reasonOf(error) };
  } finally {
    clearTimeout(deadline);
  }
}

/**
 * The library's client, with what it lacks: it takes no signal to end a request (its own timeout counts idle time
 * only), and cannot connect to an IPv6 host whose brackets it leaves on.
 */
class AbortableClient {
  readonly #direct: HttpClient;
  readonly #proxied: HttpClient;
  #signal: AbortSignal | undefined;

  constructor(network: AgentNetwork) {
    const handler: IRequestHandler = {
      prepareRequest: (options) => {
        options.host = options.host?.replace(/^\[(.*)\]$/, '$1');
        if (!this.#signal) return;
        options.signal = this.#signal;
        // Behind a proxy the connection is the agent's own request, which has to end with ours.
        const agent = options.agent as { proxyOptions?: { signal?: AbortSignal } } | undefined;
        if (agent?.proxyOptions) agent.proxyOptions.signal = this.#signal;
      },
      canHandleAuthentication: () => false,
      handleAuthentication: () => Promise.reject(new Error('unreachable')),
    };
    const options: IRequestOptions = {
      allowRedirects: false,
      allowRetries: false,
      keepAlive: true,
      socketTimeout: idleSocketTimeout,
      ignoreSslError: network.skipCertificateValidation,
      ...(network.certificates && { cert: network.certificates }),
    };
    const agent = `agent-pool-token/${version}`;
    // An empty proxy URL, because without any the library takes a proxy from the environment, for loopback too.
    this.#direct = new HttpClient(agent, [handler], { ...options, proxy: { proxyUrl: '' } });
    this.#proxied = network.proxy
      ? new HttpClient(agent, [handler], {
          ...options,
          proxy: {
            proxyUrl: network.proxy.url,
            ...(network.proxy.username && { proxyUsername: network.proxy.username }),
            ...(network.proxy.password && { proxyPassword: network.proxy.password }),
            proxyBypassHosts: network.proxy.bypass,
          },
        })
      : new HttpClient(agent, [handler], options);
  }

  send(request: HttpRequest, signal: AbortSignal): Promise<IHttpClientResponse> {
    const client = isLoopback(new URL(request.url)) ? this.#direct : this.#proxied;
    // The library calls the handler before it first waits, so that requests under way at once do not mix up signals.
    this.#signal = signal;
    // The library's type wants a string, but no body at all is how it sends none.
    return client.request(request.method, request.url, request.body as string, request.headers);
  }

  close(): void {
    this.#direct.dispose();
    this.#proxied.dispose();
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

/** Node's own error code, and nothing else: its messages repeat addresses and paths. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'no error code';
}
