import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { openServices, type Services, VirtualTime } from '../../dev/emulator';
import type { Connection, Pipeline } from '../../src/agent/pipeline';
import { forgedNames } from '../../src/agent/pipeline-settings';
import type { AgentNetwork } from '../../src/agent-network';
import { Conversation } from '../../src/http/conversation';
import type { HttpOutcome, HttpRequest, Runtime } from '../../src/http/runtime';
import { Secret } from '../../src/secret';
import { AliveTokens, answerOf, ask } from './services-in-process';

/** Everything that a step does to the world, in the order in which it does it. */
export type Event =
  | { kind: 'mask'; value: string }
  | { kind: 'task-variable'; name: string; value: string }
  | { kind: 'publish'; name: string; value: string }
  | { kind: 'output'; name: string; value: string }
  | { kind: 'variable'; name: string; value: string }
  | { kind: 'say' | 'warn' | 'issues' | 'fail'; text: string }
  | { kind: 'open'; network: AgentNetwork }
  | { kind: 'request'; request: HttpRequest; at: number }
  | { kind: 'sleep'; milliseconds: number }
  | { kind: 'progress'; percent: number }
  | { kind: 'close' };

export type EventOf<Kind extends Event['kind']> = Extract<Event, { kind: Kind }>;

/** How a request ends, or what decides it. */
export type Reply = HttpOutcome | ((request: HttpRequest) => HttpOutcome | Promise<HttpOutcome>);

export const noon = Date.UTC(2026, 2, 1, 12);
const projectId = 'f0f0f0f0-1111-2222-3333-444444444444';
const planId = 'f1f1f1f1-1111-2222-3333-444444444444';
const jobUrl = `https://dev.azure.com/fabrikam/${projectId}/_apis/distributedtask/hubs/build/plans/${planId}/jobs/${planId}`;
export const identityTokenUrl = `${jobUrl}/oidctoken`;
const leaseName = 'agentPoolTokenLease';

export function json(status: number, body: unknown, headers: Record<string, string> = {}): HttpOutcome {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8', ...headers });
}

export function text(status: number, body: string, headers: Record<string, string> = {}): HttpOutcome {
  return { kind: 'answer', status, headers, body };
}

export const timedOut: HttpOutcome = { kind: 'timed-out' };
export const broken: HttpOutcome = { kind: 'broken', reason: 'ECONNRESET' };
export const tooLarge: HttpOutcome = { kind: 'too-large' };
export const signInPage = text(203, '<!DOCTYPE html><html><title>Sign in</title></html>', {
  'content-type': 'text/html; charset=utf-8',
});

/** The service's way of telling a failure with an error status. */
export function envelope(status: number, message: string, typeKey = 'SomeException'): HttpOutcome {
  return json(status, { $id: '1', innerException: null, message, typeName: typeKey, typeKey, errorCode: 0 });
}

/** The token API's way of telling a failure: as a success. */
export function patError(reason: string, message?: string): HttpOutcome {
  return json(200, { patToken: null, patTokenError: reason, ...(message && { patTokenErrorMessage: message }) });
}

/** A token as Entra makes them. */
export function entraToken(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part(claims)}.${Buffer.from('a signature').toString('base64url')}`;
}

export const ada = { tid: '11111111-2222-3333-4444-555555555555', oid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' };
export const bob = { ...ada, oid: 'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee' };
export const userOf = ({ tid, oid }: { tid: string; oid: string }) => `${tid}/${oid}`;
export const adasToken = entraToken(ada);
/** An application that signs in, and the token that Entra gives it. */
export const robot = { tid: ada.tid, oid: '99999999-bbbb-cccc-dddd-eeeeeeeeeeee', idtyp: 'app' };
export const robotsToken = entraToken(robot);
export const jobToken = 'token-of-the-job-itself-0123456789';
export const opaqueToken = 'opaque-entra-access-token-0123456789';

/** The 84 characters of a personal access token, different for each number. */
export function patOf(number: number): string {
  return `${`pat${number}x`.padEnd(76, 'abcdefghijklmnopqrstuvwxyz234567')}AZDO9abc`;
}

export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** The identity token of a service connection, another one every time. */
export function identityTokenOf(number: number): string {
  return entraToken({ jti: number, sub: 'sc://fabrikam/Project/connection' });
}

/** A machine whose time passes only while everybody waits: for a sleep to end, or a request that takes time. */
export class FakeRuntime implements Runtime {
  readonly events: Event[];
  readonly time = new VirtualTime(noon);
  /** Milliseconds that every request takes. */
  latency = 0;
  /** The same, where requests differ. */
  latencyOf = (_: HttpRequest): number => this.latency;
  /** Requests that are under way, and how many there ever were at once. */
  underWay = 0;
  mostUnderWay = 0;
  /** What randomBytes(1) gives: the jitter of retries. */
  chance = 0;
  #drawn = 0;
  reply: (request: HttpRequest, index: number) => HttpOutcome | Promise<HttpOutcome> = () => {
    throw new Error('The test does not say how this request ends.');
  };

  constructor(events: Event[] = []) {
    this.events = events;
  }

  async send(request: HttpRequest): Promise<HttpOutcome> {
    this.events.push({ kind: 'request', request, at: this.clock });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const begun = this.time.uptime();
    try {
      const reply = this.reply(request, this.requests.length - 1);
      const outcome = reply instanceof Promise ? await reply : reply;
      // Whoever gives a request up cannot know what became of it.
      const takes =
        outcome.kind === 'timed-out' ? request.timeout - (this.time.uptime() - begun) : this.latencyOf(request);
      if (takes > 0) await this.time.sleep(takes, request.signal);
      return request.signal?.aborted ? { kind: 'broken', reason: 'ABORT_ERR' } : outcome;
    } finally {
      this.underWay--;
    }
  }

  /** How late it is where no test has set a clock; a test that sets it lets so much time pass. */
  get clock(): number {
    return this.time.now();
  }

  set clock(now: number) {
    this.time.set(now);
  }

  /** Milliseconds by which the wall clock of this machine was set. */
  clockSet = 0;

  /** URLs to whose hosts connections were opened ahead. */
  ahead: string[] = [];

  connectAhead(urls: string[]): void {
    this.ahead.push(...urls);
  }

  now(): number {
    return this.clock + this.clockSet;
  }

  monotonic(): number {
    return this.clock;
  }

  uptime(): number {
    return this.clock - noon + 3_600_000;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    assert.ok(milliseconds >= 0 && Number.isFinite(milliseconds), `cannot sleep ${milliseconds} ms`);
    this.events.push({ kind: 'sleep', milliseconds });
    await this.time.sleep(milliseconds, signal);
  }

  /** Does something as soon as so much time has passed. */
  later(milliseconds: number, action: () => void): void {
    this.time.later(milliseconds, action);
  }

  randomBytes(count: number): Uint8Array {
    return count === 1 ? Uint8Array.of(this.chance) : Uint8Array.from({ length: count }, () => this.#drawn++ * 7);
  }

  /** What asks the process to stop, once the step listens. */
  interrupt: () => void = () => assert.fail('no listener for an interrupt');

  onInterrupt(listener: () => void): void {
    this.interrupt = listener;
  }

  close(): void {
    this.events.push({ kind: 'close' });
  }

  get requests(): HttpRequest[] {
    return eventsOf(this.events, 'request').map(({ request }) => request);
  }

  get sleeps(): number[] {
    return eventsOf(this.events, 'sleep').map(({ milliseconds }) => milliseconds);
  }

  /** Answers in this order, and fails the test that asks for more. */
  script(...outcomes: HttpOutcome[]): this {
    this.reply = (_, index) => {
      const outcome = outcomes[index];
      if (!outcome) throw new Error(`The test does not say how request ${index + 1} ends.`);
      return outcome;
    };
    return this;
  }

  conversation(budget = 120_000): Conversation {
    return new Conversation(this, budget);
  }
}

/** What others than the agent can read of an event. */
function openText(event: Event): string[] {
  switch (event.kind) {
    case 'say':
    case 'warn':
    case 'issues':
    case 'fail':
      return [event.text];
    case 'output':
    case 'variable':
    case 'task-variable':
      return [event.value];
    case 'request':
      return [event.request.url];
    default:
      return [];
  }
}

export function eventsOf<Kind extends Event['kind']>(events: Event[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

export interface ConnectionFields {
  url: string;
  scheme?: string;
  parameters?: Record<string, string>;
  data?: Record<string, string>;
  secrets?: Record<string, string>;
}

/** The agent's side of the world as a step of a job finds it: a build of organization "fabrikam". */
export class FakePipeline implements Pipeline {
  readonly events: Event[];
  inputs: Record<string, string> = {};
  variables: Record<string, string> = {
    'System.HostType': 'build',
    'System.CollectionUri': 'https://dev.azure.com/fabrikam/',
    'System.TeamProjectId': projectId,
    'System.JobId': '12f1170f-54f2-53f3-20dd-22fc7dff55f9',
    'System.JobAttempt': '1',
    'System.OidcRequestUri': identityTokenUrl,
    'Build.BuildId': '4711',
    'Build.DefinitionName': 'Nightly',
  };
  connections: Record<string, ConnectionFields> = {};
  taskVariables: Record<string, string> = {};
  /** Names of secret variables that the job has. */
  secretVariables = new Set<string>();
  /** Whether the agent lets this step set variables. */
  settable = true;
  agentNetwork: AgentNetwork | (() => never) = { skipCertificateValidation: false };

  constructor(events: Event[] = []) {
    this.events = events;
  }

  input(name: string): string {
    return this.inputs[name] ?? '';
  }

  secretInput(name: string): Secret | undefined {
    return this.#secret(this.inputs[name]);
  }

  forgedNames(): string[] {
    return forgedNames(this.variableNames());
  }

  networkSince(): AgentNetwork {
    return this.network();
  }

  variableNames(): string[] {
    return Object.keys(this.variables);
  }

  variable(name: string): string {
    return this.variables[name] ?? '';
  }

  connection(id: string): Connection | undefined {
    const fields = Object.hasOwn(this.connections, id) ? this.connections[id] : undefined;
    return (
      fields && {
        id,
        url: fields.url,
        scheme: fields.scheme ?? 'None',
        parameter: (field) => fields.parameters?.[field] ?? '',
        data: (field) => fields.data?.[field] ?? '',
        secret: (field) => this.#secret(anyCase(fields.secrets, field)),
      }
    );
  }

  hasSecretVariable(name: string): boolean {
    return this.secretVariables.has(name);
  }

  taskVariable(name: string): string {
    return this.taskVariables[name] ?? '';
  }

  seal(text: string): string {
    return createHmac('sha256', jobToken).update(text).digest('hex');
  }

  setTaskVariable(name: string, value: string): void {
    this.taskVariables[name] = value;
    this.events.push({ kind: 'task-variable', name, value });
  }

  mask(secret: Secret): void {
    this.events.push({ kind: 'mask', value: secret.reveal() });
  }

  publishSecret(name: string, secret: Secret): void {
    this.mask(secret);
    if (this.settable) this.secretVariables.add(name);
    this.events.push({ kind: 'publish', name, value: secret.reveal() });
  }

  setVariable(name: string, value: string): void {
    if (this.settable) this.variables[name] = value;
    this.events.push({ kind: 'variable', name, value });
  }

  setOutput(name: string, value: string): void {
    this.events.push({ kind: 'output', name, value });
  }

  say(line: string): void {
    this.events.push({ kind: 'say', text: line });
  }

  progress(percent: number): void {
    this.events.push({ kind: 'progress', percent });
  }

  warn(message: string): void {
    this.events.push({ kind: 'warn', text: message });
  }

  succeedWithIssues(message: string): void {
    this.events.push({ kind: 'issues', text: message });
  }

  fail(message: string): void {
    this.events.push({ kind: 'fail', text: message });
  }

  /** Whether the agent still reads what the step writes. */
  isRead = true;

  async outputIsRead(): Promise<boolean> {
    return this.isRead;
  }

  /** Ends the process with the story unfinished, once the step listens to that. */
  drain: () => void = () => assert.fail('no listener for a process that ends early');

  onDrained(listener: () => void): () => void {
    this.drain = listener;
    return () => {
      this.drain = () => {};
    };
  }

  network(): AgentNetwork {
    return typeof this.agentNetwork === 'function' ? this.agentNetwork() : this.agentNetwork;
  }

  #secret(value: string | undefined): Secret | undefined {
    if (!value) return undefined;
    const secret = new Secret(value);
    this.mask(secret);
    return secret;
  }
}

/** A field by its name in any case, as the agent looks names up. */
function anyCase(fields: Record<string, string> = {}, name: string): string | undefined {
  return Object.entries(fields).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

export type RequestKind = 'sign-in' | 'identity' | 'create' | 'list' | 'look-up' | 'revoke' | 'timeline' | 'probe';

/** What a request is for, by its method and path. */
export function kindOf({ method, url }: HttpRequest): RequestKind {
  const { pathname, searchParams } = new URL(url);
  if (pathname.endsWith('/oauth2/v2.0/token')) return 'sign-in';
  if (pathname.endsWith('/oidctoken')) return 'identity';
  if (pathname.endsWith('/timeline')) return 'timeline';
  if (pathname.endsWith('/_apis/distributedtask/pools')) return 'probe';
  assert.ok(pathname.endsWith('/_apis/tokens/pats'), `${pathname} is no address of these services`);
  if (method === 'GET') return searchParams.has('authorizationId') ? 'look-up' : 'list';
  return method === 'POST' ? 'create' : 'revoke';
}

const issuerClient = 'cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee';
const robotClient = 'dddddddd-bbbb-cccc-dddd-eeeeeeeeeeee';
const clientSecret = 'client~secret.of-the-app';
const refreshToken = '0.refresh-token-of-the-user';

/** The emulated services, in which the identities of these tests have their names. */
function openWorld(time: VirtualTime): Services {
  const services = openServices({ organization: 'fabrikam', time, tenantId: ada.tid, jobAccessToken: jobToken });
  const { state } = services;
  const [issuer, , , federated] = state.applications;
  const robotPrincipal = services.federated.principal;
  assert.ok(issuer && federated);
  Object.assign(issuer, { clientId: issuerClient, clientSecret });
  Object.assign(federated, { clientId: robotClient });
  Object.assign(robotPrincipal, { clientId: robotClient, oid: robot.oid });
  Object.assign(state.users.default, { oid: ada.oid });
  Object.assign(state.users.colleague, { oid: bob.oid });
  Object.assign(state.refreshTokens[0] ?? {}, { value: refreshToken, clientId: issuerClient });
  state.revokeUnknown = 'tokenNotFound';
  state.accessTokenMinutes = 60;
  services.addFederatedConnection('connection', { project: projectId, id: 'endpoint-2' });
  return services;
}

/**
 * A job that has an issuer connection, and services that work; what works otherwise is said with `answer`, or planned
 * as a fault of the services.
 */
export class World {
  readonly events: Event[] = [];
  readonly runtime = new FakeRuntime(this.events);
  readonly pipeline = new FakePipeline(this.events);
  readonly services = openWorld(this.runtime.time);
  /** Tokens that are alive. */
  readonly alive = new AliveTokens(this.services);
  /** When they were made, by name. */
  readonly born = {
    set: (name: string, validFrom: string) => {
      const record = this.alive.record(name) ?? assert.fail(`there is no token "${name}"`);
      record.validFrom = Date.parse(validFrom);
    },
  };
  /** What the service answers about runs: records by build id. */
  readonly timelines = new Map<string, unknown[]>();
  /** Pools that the user may manage. */
  pools = ['Linux'];
  accessToken = adasToken;
  readonly #answers: Record<RequestKind, Reply[]> = {
    'sign-in': [],
    identity: [],
    create: [],
    list: [],
    'look-up': [],
    revoke: [],
    timeline: [],
    probe: [],
  };
  /** The identity tokens that were issued, by the names that the tests have for them. */
  readonly #identityTokens = new Map<string, string>();
  #made = 0;

  constructor() {
    this.pipeline.inputs = { connectionType: 'issuer', issuer: 'endpoint-1' };
    this.pipeline.connections = {
      'endpoint-1': {
        url: 'https://dev.azure.com/fabrikam',
        data: { tenantId: ada.tid, clientId: issuerClient },
        secrets: { clientSecret, refreshToken },
      },
      SYSTEMVSSCONNECTION: {
        url: 'https://dev.azure.com/fabrikam/',
        scheme: 'OAuth',
        secrets: { AccessToken: jobToken },
      },
    };
    this.runtime.reply = (request) => this.#reply(request);
  }

  /** How many tokens stand on one page of a list. */
  set pageSize(size: number) {
    this.services.state.patPageSize = size;
  }

  /** The same job with an access token instead of a connection. */
  withAccessToken(token = adasToken): this {
    this.pipeline.inputs = { connectionType: 'accessToken', accessToken: token };
    return this;
  }

  /** The same job with a connection by which an application signs in, with changes to the connection. */
  withApplication(kind: 'azureDevOps' | 'azureRM', change: Partial<ConnectionFields> = {}): this {
    const input = kind === 'azureDevOps' ? 'azureDevOpsServiceConnection' : 'azureSubscription';
    this.pipeline.inputs = { connectionType: kind, [input]: 'endpoint-2' };
    this.pipeline.connections['endpoint-2'] = {
      url: 'https://management.azure.com/',
      scheme: 'WorkloadIdentityFederation',
      parameters: { tenantId: robot.tid, servicePrincipalId: robotClient },
      ...change,
    };
    const { servicePrincipalKey: clientSecret } = change.secrets ?? {};
    const application = this.services.state.applications.find(({ clientId }) => clientId === robotClient);
    if (application && clientSecret) application.clientSecret = clientSecret;
    this.accessToken = robotsToken;
    return this;
  }

  /** How the next requests of this kind end, in this order; after them the services work again. */
  answer(kind: RequestKind, ...replies: Reply[]): this {
    this.#answers[kind].push(...replies);
    return this;
  }

  /** What else was planned to go wrong does not. */
  recover(): void {
    for (const replies of Object.values(this.#answers)) replies.length = 0;
    this.services.recover();
  }

  open = (network: AgentNetwork): Runtime => {
    this.events.push({ kind: 'open', network });
    return this.runtime;
  };

  /** A token that the service makes, and answers with changes. */
  makes(request: HttpRequest, change: Record<string, unknown> = {}): HttpOutcome {
    const outcome = this.works(request);
    assert.ok(outcome.kind === 'answer');
    const { patToken, ...rest } = JSON.parse(outcome.body);
    const record = this.services.state.pats.at(-1) ?? assert.fail('no token was made');
    if (typeof change.authorizationId === 'string') record.authorizationId = change.authorizationId;
    return { ...outcome, body: JSON.stringify({ ...rest, patToken: { ...patToken, ...change } }) };
  }

  get requests(): HttpRequest[] {
    return this.runtime.requests;
  }

  get requestKinds(): RequestKind[] {
    return this.requests.map(kindOf);
  }

  get namesAskedFor(): string[] {
    return this.requests
      .filter((request) => kindOf(request) === 'create')
      .map(({ body = '' }) => JSON.parse(body).displayName);
  }

  /** The lease as it stands, or undefined where nothing is left of it. */
  get lease():
    | (Record<string, unknown> & { tokens: { name: string; id?: string; expiresOn?: string; publishedAs?: string }[] })
    | undefined {
    const value = this.pipeline.taskVariable(leaseName);
    return value === '' ? undefined : JSON.parse(value);
  }

  /** Leaves a lease as main would have, with changes. */
  leave(change: Record<string, unknown> = {}): this {
    const lease = {
      organization: 'https://vssps.dev.azure.com/fabrikam',
      connection: 'endpoint-1',
      user: userOf(ada),
      revoke: true,
      onRevokeFailure: 'warn',
      tokens: [{ name: earlierName, id: idOf(77), expiresOn: '2026-03-01T13:00:00.000Z' }],
      ...change,
    };
    const seal = this.pipeline.seal(JSON.stringify(lease));
    this.pipeline.taskVariables[leaseName] = JSON.stringify({ ...lease, seal });
    return this;
  }

  /** A moment so many milliseconds ago, as a lease notes when a token was asked for. */
  askedAgo(milliseconds: number): { on: string; uptime: number } {
    const { clock } = this.runtime;
    return { on: new Date(clock - milliseconds).toISOString(), uptime: this.runtime.uptime() - milliseconds };
  }

  /** Every text that people can read. */
  get said(): string[] {
    return this.events.flatMap((event) => ('text' in event ? [event.text] : []));
  }

  texts(kind: 'say' | 'warn' | 'issues' | 'fail'): string[] {
    return eventsOf(this.events, kind).map(({ text }) => text);
  }

  get failure(): string {
    const texts = this.texts('fail');
    assert.equal(texts.length, 1, `the step failed ${texts.length} times: ${texts.join(' / ')}`);
    return texts[0] ?? '';
  }

  get outputs(): Record<string, string> {
    return Object.fromEntries(eventsOf(this.events, 'output').map(({ name, value }) => [name, value]));
  }

  /** The order of things, as short words. */
  get order(): string[] {
    return this.events.map((event) => {
      switch (event.kind) {
        case 'request':
          return kindOf(event.request);
        case 'task-variable':
          return event.value === '' ? 'lease cleared' : 'lease';
        case 'output':
          return `output ${event.name}`;
        default:
          return event.kind;
      }
    });
  }

  /**
   * Fails if a secret stands anywhere but where it belongs, or was used before the agent got the command to mask it: in what
   * is said, in outputs, in the lease, in addresses.
   */
  assertDiscreet(...more: string[]): void {
    const { inputs, connections } = this.pipeline;
    const secrets = [
      ...Object.values(connections).flatMap(({ secrets = {} }) => Object.values(secrets)),
      ...(inputs.accessToken ? [inputs.accessToken] : []),
      ...(inputs.connectionType === 'accessToken' ? [] : [this.accessToken]),
      ...this.#identityTokens.keys(),
      ...Array.from({ length: this.#made }, (_, index) => patOf(index + 1)),
      ...more,
    ];
    const open = this.events.flatMap(openText);
    for (const secret of secrets) {
      for (const form of new Secret(secret).travellingForms()) {
        const leak = open.find((text) => text.includes(form));
        assert.equal(leak, undefined, `a secret is in the open: ${leak?.replaceAll(form, '<HERE>')}`);
      }
      const masked = this.events.findIndex((event) => event.kind === 'mask' && event.value === secret);
      const used = this.events.findIndex(
        (event) =>
          (event.kind === 'publish' && event.value === secret) ||
          (event.kind === 'request' && carries(event.request, secret)),
      );
      assert.ok(used === -1 || (masked !== -1 && masked < used), 'a secret was used before it was masked');
    }
  }

  #reply(request: HttpRequest): HttpOutcome | Promise<HttpOutcome> {
    const said = this.#answers[kindOf(request)].shift();
    if (said) return typeof said === 'function' ? said(request) : said;
    this.#prepare();
    return ask(this.services, this.#played(request), this.runtime.time).then((outcome) =>
      this.#named(request, outcome),
    );
  }

  /** How the services answer while they work, regardless of what was planned. */
  works(request: HttpRequest): HttpOutcome {
    this.#prepare();
    const { method, url, headers, body = '' } = this.#played(request);
    const answer = this.services.perform({ method, url, headers, body });
    assert.ok(!(answer instanceof Promise));
    return this.#named(request, answerOf(answer));
  }

  /** Lets the services know what the test has set since. */
  #prepare(): void {
    const { state } = this.services;
    const roles = { [ada.oid]: 'manage', [robot.oid]: 'manage' } as const;
    const pools = this.pools.map((name, index) => ({
      id: index + 1,
      name,
      isHosted: false,
      poolType: 'automation' as const,
      roles: { ...roles },
      agents: [],
    }));
    state.pools.splice(0, state.pools.length, ...pools);
    const runs = [...this.timelines].map(([buildId, records]) => ({
      buildId: Number(buildId),
      project: projectId,
      timelineId: planId,
      jobs: [],
      records,
    }));
    state.runs.splice(0, state.runs.length, ...runs);
    for (const token of [this.accessToken, this.pipeline.inputs.accessToken ?? '']) {
      const claims = { ...ada, idtyp: 'user', ...claimsOf(token) };
      if (token) state.opaqueTokens.set(token, { ...claims, aud: azureDevOps, scp: 'user_impersonation', exp: 1e12 });
    }
  }

  /** There is one organization; where a story needs another, the same one plays it. */
  #played(request: HttpRequest): HttpRequest {
    const url = request.url.replace('.azure.com/contoso/', '.azure.com/fabrikam/');
    const form = new URLSearchParams(request.body);
    const real = this.#identityTokens.get(form.get('client_assertion') ?? '');
    if (real === undefined) return { ...request, url };
    form.set('client_assertion', real);
    return { ...request, url, body: form.toString() };
  }

  /** Gives what the services made the names under which the tests know it. */
  #named(request: HttpRequest, outcome: HttpOutcome): HttpOutcome {
    if (outcome.kind !== 'answer' || outcome.status !== 200) return outcome;
    const body = JSON.parse(outcome.body);
    const rename = (change: object): HttpOutcome => ({ ...outcome, body: JSON.stringify({ ...body, ...change }) });
    switch (kindOf(request)) {
      case 'sign-in':
        return body.access_token ? rename({ access_token: this.accessToken }) : outcome;
      case 'identity':
        if (typeof body.oidcToken !== 'string') return outcome;
        this.#identityTokens.set(identityTokenOf(this.#identityTokens.size + 1), body.oidcToken);
        return rename({ oidcToken: [...this.#identityTokens.keys()].at(-1) });
      case 'create': {
        const record = this.services.state.pats.find(({ token }) => token === body.patToken?.token);
        if (!record) return outcome;
        this.#made += 1;
        const names = { authorizationId: idOf(this.#made), token: patOf(this.#made) };
        Object.assign(record, names);
        return rename({ patToken: { ...body.patToken, ...names } });
      }
      default:
        return outcome;
    }
  }
}

const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';

function claimsOf(token: string): object {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    return {};
  }
}

/** A job as a timeline lists it. */
export const jobRecord = (job: string, state: string, attempt = 1) => ({
  type: 'Job',
  id: `${job}-54f2-53f3-20dd-22fc7dff55f9`,
  state,
  attempt,
});

export const earlierName = 'agent-pool-token b4711 j12f1170f a1 abcdefghij Nightly';

function carries({ headers, body = '' }: HttpRequest, secret: string): boolean {
  const forms = [secret, Buffer.from(`:${secret}`).toString('base64')];
  const sent = [...Object.values(headers), body, ...new URLSearchParams(body).values()];
  return forms.some((form) => sent.some((value) => value.includes(form)));
}
