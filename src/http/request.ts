import type { Breakage } from './transport/breakage';

/** A request that is sent once, to any host: retries and budgets are the caller's. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds until the whole answer has to be here. */
  timeout: number;
  /** Bytes that the answer may have, after it was decompressed. */
  maxBytes: number;
  /** Gives the request up at once. */
  signal?: AbortSignal;
  /** Sent on a connection that no request used before: a server may close a kept one just then. */
  fresh?: boolean;
}

/** How a request ended; the names of headers are in lower case. */
export type HttpOutcome =
  | { kind: 'answer'; status: number; headers: Record<string, string | undefined>; body: string }
  | ({ kind: 'timed-out' } & Route)
  | { kind: 'too-large' }
  | ({ kind: 'broken' } & Breakage & Route);

/** Which way a request went. */
export interface Route {
  /** Name and port of the proxy, if it went through one. */
  proxy?: string;
}
