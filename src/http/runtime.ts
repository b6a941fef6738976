import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';
import type { AgentNetwork } from '../agent-network';
import { monotonic } from './monotonic';
import type { HttpOutcome, HttpRequest } from './request';
import { Transport } from './transport/transport';

export type { HttpOutcome, HttpRequest } from './request';

/** The machine's side of the world. Everything that has to do with the network, time or chance goes through it. */
export interface Runtime {
  /** Sends one request, follows no redirect, and never throws. */
  send(request: HttpRequest): Promise<HttpOutcome>;
  /** Opens connections that the next requests to the hosts of these URLs can use. Sends nothing, and fails silently. */
  connectAhead(urls: string[]): void;
  /** The machine's wall clock: milliseconds since 1970, UTC. It may be wrong, and may be set while a step runs. */
  now(): number;
  /** Milliseconds by a clock that only ever goes forward, from any start: for budgets within this process. */
  monotonic(): number;
  /** Milliseconds since the machine started: main and post of one job share this clock, and people cannot set it. */
  uptime(): number;
  /** Waits; a signal ends that early. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  randomBytes(count: number): Uint8Array;
  /** Calls the listener when the agent asks the process to stop, which no longer stops by itself then. */
  onInterrupt(listener: () => void): void;
  /** Gives up what is being sent, closes every connection, so that none holds the process up, and takes the interrupt listeners back. */
  close(): void;
}

/** Calls the listener at each request to stop, and soon if one has come before; returns what takes the listener back. */
type OnInterrupt = (listener: () => void) => () => void;

/**
 * The real machine, reached through the agent's proxy and with its certificates.
 * @param onInterrupt without it no request to stop is heard.
 * @throws TaskError `network` for a certificate file that cannot be used.
 */
export function nodeRuntime(network: AgentNetwork, onInterrupt: OnInterrupt = () => () => {}): Runtime {
  const transport = new Transport(network);
  const takeBack: (() => void)[] = [];
  return {
    send: (request) => transport.send(request),
    connectAhead: (urls) => transport.connectAhead(urls),
    now: () => Date.now(),
    monotonic,
    uptime: () => uptime() * 1000,
    sleep,
    randomBytes: (count) => randomBytes(count),
    onInterrupt: (listener) => void takeBack.push(onInterrupt(listener)),
    close: () => {
      for (const take of takeBack.splice(0)) take();
      transport.close();
    },
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
