import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { appToken, userToken } from '../entra/access-tokens';
import { createIdentities, type Identities } from '../entra/identities';
import type { Application, PatRecord, ServicePrincipal } from '../model';
import { State } from '../state';
import { control } from './control';
import { type Delivery, deliver, gone } from './delivery';
import { type Answer, Exchange, Refusal, type RequestRecord } from './exchange';
import { type Fault, FaultPlan } from './faults';
import { misbehave } from './misbehaviour';
import { match, type Route } from './routes';

/** Moments in a request's life at which a test may step in; `effected` comes only if the request had its effect. */
export type Phase = 'arrived' | 'effected' | 'answered';

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
export interface Emulator extends Identities {
  readonly url: string;
  readonly organizationUrl: string;
  readonly state: State;
  /** Every request, in order of arrival. */
  readonly requests: RequestRecord[];
  /** An Entra access token of a user, as if obtained elsewhere. */
  userAccessToken(options?: { user?: string; lifetimeMinutes?: number; scopes?: string[]; opaque?: boolean }): string;
  /** An Entra access token of a service principal; by default of the one with a secret. */
  servicePrincipalAccessToken(options?: { principal?: ServicePrincipal; lifetimeMinutes?: number }): string;
  /** Plans a misbehaviour; they are consumed in the order in which they were planned. */
  plan(fault: Fault): void;
  /** Drops every misbehaviour that is still planned: the services are well again. */
  recover(): void;
  /** Unrevoked and unexpired by the emulator's clock. */
  activeTokens(): PatRecord[];
  /** Awaited at each phase of each request. */
  onRequest?: ((record: RequestRecord, phase: Phase) => void | Promise<void>) | undefined;
  /** Stops listening and destroys every open socket. */
  close(): Promise<void>;
}

/** Starts the emulated services on one HTTP server. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const state = new State(options.organization ?? 'fabrikam');
  const faults = new FaultPlan();
  const requests: RequestRecord[] = [];
  const closing = new AbortController();
  const host = options.host ?? '127.0.0.1';

  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const delivery = { request, response, closing: closing.signal };
    try {
      if (request.url?.startsWith('/_emulator/')) {
        await deliver(delivery, control(request, await readBody(request), { state, requests, faults }), {});
      } else {
        await serve(delivery, { emulator, faults });
      }
    } catch (error) {
      if (closing.signal.aborted || response.headersSent) request.socket.destroy();
      else await deliver(delivery, { status: 500, json: { error: String(error) } }, {});
    }
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  state.url = `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

  const identities = createIdentities(state);
  const [application] = state.applications as [Application];
  const emulator: Emulator = {
    url: state.url,
    organizationUrl: `${state.url}/${state.organization}`,
    state,
    requests,
    ...identities,
    userAccessToken: ({ user = 'default', scopes = application.permissions, ...token } = {}) =>
      userToken(state, state.user(user), application.clientId, scopes, token),
    servicePrincipalAccessToken: ({ principal = identities.servicePrincipal.principal, ...token } = {}) =>
      appToken(state, principal, token),
    plan: (fault) => faults.add(fault),
    recover: () => faults.clear(),
    activeTokens: () => state.pats.filter((pat) => state.isActive(pat)),
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return emulator;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** One request from its arrival to its answer, or to the misbehaviour that was planned for it. */
async function serve(
  delivery: Delivery,
  { emulator, faults }: { emulator: Emulator; faults: FaultPlan },
): Promise<void> {
  const { request, response } = delivery;
  const { state } = emulator;
  const { route, record, variables } = recordOf(request, state);
  emulator.requests.push(record);
  record.body = await readBody(request);
  await emulator.onRequest?.(record, 'arrived');

  const exchange = new Exchange(record, variables);
  const overload = state.overload?.befall(state.clock.now());
  if (overload) record.strain = overload.strain;
  const fault = overload?.fault ?? faults.take(record.operation);
  const effect = async () => {
    const answer = await handle(exchange, route, state);
    await emulator.onRequest?.(record, 'effected');
    return answer;
  };
  await misbehave(fault, effect, delivery, record, state);
  await gone(response);
  await emulator.onRequest?.(record, 'answered');
}

function recordOf(request: IncomingMessage, state: State) {
  const url = new URL(request.url ?? '/', state.url);
  const method = request.method ?? 'GET';
  const { route, variables } = match(method, url, state.organization);
  const record: RequestRecord = {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
    ),
    body: '',
    operation: route?.operation ?? 'unknown',
    at: state.clock.now(),
  };
  return { route, record, variables };
}

async function handle(exchange: Exchange, route: Route | undefined, state: State): Promise<Answer> {
  const answer = route ? await normally(exchange, route, state) : unknown(exchange.record);
  const isError = answer.status >= 400 && answer.json !== undefined;
  const activity = randomUUID();
  return {
    ...answer,
    ...(isError && state.bomOnErrors ? { bom: true } : {}),
    headers: {
      Date: new Date(state.clock.now()).toUTCString(),
      ActivityId: activity,
      'X-VSS-E2EID': activity,
      ...answer.headers,
    },
  };
}

async function normally(exchange: Exchange, route: Route, state: State): Promise<Answer> {
  try {
    return await route.handle(exchange, state);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function unknown({ method, path }: RequestRecord): Answer {
  return { status: 501, json: { error: 'The emulator does not know this request', method, path } };
}
