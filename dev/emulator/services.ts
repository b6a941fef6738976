import { randomUUID } from 'node:crypto';
import { noticeLostMachines } from './azure-devops/pools/lost-machines';
import { realTime, type Time } from './clock';
import type { Application, ServicePrincipal } from './directory/entities';
import { appToken, userToken } from './entra/access-tokens';
import { createIdentities, type Identities } from './entra/identities';
import { type Fault, FaultPlan } from './faults/faults';
import { type Outcome, outcomeOf } from './faults/outcome';
import type { PatRecord } from './model';
import { type Administration, createAdministration } from './organization/administration';
import { type Answer, notKnown, Refusal } from './requests/answers';
import { Exchange, type RequestRecord } from './requests/exchange';
import type { Route } from './requests/route';
import { match } from './requests/routes';
import { State } from './state';

/** Moments in a request's life at which a test may step in; `effected` comes only if the request had its effect. */
export type Phase = 'arrived' | 'effected' | 'answered';

export interface ServicesOptions {
  /** Default `fabrikam`. */
  organization?: string;
  /** The origin of Azure DevOps and Entra where they share one; default `https://dev.azure.com`, each under its own name. */
  url?: string;
  /** Default: the machine's. */
  time?: Time;
  /** Of the tenant and of the job that runs; by default new ones. */
  tenantId?: string;
  jobAccessToken?: string;
}

/** A request as it arrives. */
export interface ServiceRequest {
  method: string;
  /** Whole, with scheme and host. */
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Azure DevOps Services and Entra: what they remember, and how they answer. */
export interface Services extends Identities, Administration {
  readonly url: string;
  readonly organizationUrl: string;
  readonly state: State;
  /** Every request, in order of arrival. */
  readonly requests: RequestRecord[];
  /** Ends a request of the same process, without a socket; delays pass by the services' time. */
  answer(request: ServiceRequest): Promise<Outcome>;
  /** What is done and answered where nothing goes wrong, without the faults that are planned and those who look on. */
  perform(request: ServiceRequest): Answer | Promise<Answer>;
  /** The same for a request that travels: what it ends in is still to be delivered, and then to be called answered. */
  accept(request: ServiceRequest): Promise<{ outcome: Outcome; record: RequestRecord }>;
  /** An Entra access token of a user, as if obtained elsewhere. */
  userAccessToken(options?: { user?: string; lifetimeMinutes?: number; scopes?: string[]; opaque?: boolean }): string;
  /** An Entra access token of a service principal; by default of the one with a secret. */
  servicePrincipalAccessToken(options?: { principal?: ServicePrincipal; lifetimeMinutes?: number }): string;
  /** Plans a misbehaviour; they are consumed in the order in which they were planned. */
  plan(fault: Fault): void;
  /** Drops every misbehaviour that is still planned: the services are well again. */
  recover(): void;
  /** What is still planned. */
  plannedFaults(): Fault[];
  /** Unrevoked and unexpired by the emulator's clock. */
  activeTokens(): PatRecord[];
  /** Awaited at each phase of each request. */
  onRequest?: ((record: RequestRecord, phase: Phase) => void | Promise<void>) | undefined;
  /** Aborts what still waits. */
  stop(): void;
}

/** The emulated services, without a server: `answer` is the way in. */
export function openServices(options: ServicesOptions = {}): Services {
  const { organization = 'fabrikam', url = 'https://dev.azure.com', time = realTime, ...known } = options;
  const state = new State({ organization, time, ...known });
  state.url = url;
  state.authorityUrl = options.url ?? 'https://login.microsoftonline.com';
  state.downloadsUrl = options.url ?? 'https://download.agent.dev.azure.com';
  const faults = new FaultPlan();
  const closing = new AbortController();
  const identities = createIdentities(state);
  const [application] = state.applications as [Application];

  const services: Services = {
    url,
    organizationUrl: `${url}/${organization}`,
    state,
    requests: [],
    ...identities,
    ...createAdministration(state),
    async answer(request) {
      const { outcome, record } = await services.accept(request);
      await services.onRequest?.(record, 'answered');
      return outcome;
    },
    perform(request) {
      const { route, record, variables } = recordOf(request, state);
      services.requests.push(record);
      return handle(new Exchange(record, variables), route, state);
    },
    async accept(request) {
      const { route, record, variables } = recordOf(request, state);
      services.requests.push(record);
      await services.onRequest?.(record, 'arrived');
      const overload = state.overload?.strain(state.clock.now());
      if (overload) record.strain = overload.strain;
      const effect = async () => {
        const answer = await handle(new Exchange(record, variables), route, state);
        await services.onRequest?.(record, 'effected');
        return answer;
      };
      const fault = overload?.fault ?? faults.take(record.operation);
      const outcome = await outcomeOf(fault, { state, time, closing: closing.signal, effect });
      if (outcome.kind === 'answer') record.status = outcome.answer.status;
      if (outcome.kind === 'enormous') record.status = 200;
      if (outcome.kind === 'switch-protocols') record.status = 101;
      return { outcome, record };
    },
    userAccessToken: ({ user = 'default', scopes = application.permissions, ...token } = {}) =>
      userToken(state, { user: state.user(user), clientId: application.clientId, scopes, ...token }),
    servicePrincipalAccessToken: ({ principal = identities.servicePrincipal.principal, ...token } = {}) =>
      appToken(state, principal, token),
    plan: (fault) => faults.add(fault),
    recover: () => faults.clear(),
    plannedFaults: () => faults.pending,
    activeTokens: () => state.pats.filter((pat) => state.isActive(pat)),
    stop: () => closing.abort(),
  };
  return services;
}

function recordOf(request: ServiceRequest, state: State) {
  const url = new URL(request.url);
  const { route, variables } = match(request.method, url, state.organization);
  const record: RequestRecord = {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: request.body,
    operation: route?.operation ?? 'unknown',
    at: state.clock.now(),
  };
  return { route, record, variables };
}

function handle(exchange: Exchange, route: Route | undefined, state: State): Answer | Promise<Answer> {
  noticeLostMachines(state);
  const answer = route ? normally(exchange, route, state) : unknown(exchange.record);
  return answer instanceof Promise ? answer.then((late) => signed(late, state)) : signed(answer, state);
}

/** An answer with what every one carries. */
function signed(answer: Answer, state: State): Answer {
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

function normally(exchange: Exchange, route: Route, state: State): Answer | Promise<Answer> {
  try {
    if (route.parameters) exchange.allowQuery(route.parameters);
    const answer = route.handle(exchange, state);
    return answer instanceof Promise ? answer.catch(refused) : answer;
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  if (error instanceof URIError) return notKnown('to a path whose escapes cannot be read').answer;
  throw error;
}

function unknown({ method, path }: RequestRecord): Answer {
  return { status: 501, json: { error: 'The emulator does not know this request', method, path } };
}
