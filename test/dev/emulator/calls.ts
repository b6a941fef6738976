import type { Emulator } from '../../../dev/emulator';

export const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';
export const bothScopes = `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage`;

/** An answer, read. */
export interface Reply {
  status: number;
  headers: Headers;
  /** Without a byte order mark. */
  text: string;
  bytes: Buffer;
  /** The body as JSON; a body that is none fails the test that looks at it. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body it says in its assertions
  readonly json: any;
}

/** One request, redirects not followed. */
export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const { status, headers } = response;
  return {
    status,
    headers,
    text,
    bytes,
    get json() {
      return JSON.parse(text);
    },
  };
}

/** Asks Entra for a token with the issuer's refresh token; `changes` replace fields of the form, or drop them. */
export function signIn(
  emulator: Emulator,
  changes: Record<string, string | undefined> = {},
  tenant = emulator.issuer.tenantId,
): Promise<Reply> {
  const { clientId, clientSecret, refreshToken } = emulator.issuer;
  const form = defined({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    scope: bothScopes,
    ...changes,
  });
  return call(`${emulator.url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(form) });
}

/** What a token claims. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a claim it says in its assertions
export const claimsOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** Asks for an identity token of the federated connection, as a job does; a query parameter that is undefined is left out. */
export function requestIdentityToken(
  emulator: Emulator,
  options: {
    query?: Record<string, string | undefined>;
    project?: string;
    hub?: string;
    jobId?: string;
    body?: string;
    authorization?: string | undefined;
    suppress?: boolean;
  } = {},
): Promise<Reply> {
  const { project = crypto.randomUUID(), hub = 'build', jobId = crypto.randomUUID(), body, suppress = false } = options;
  const { authorization } = { authorization: `Bearer ${emulator.state.jobAccessToken}`, ...options };
  const query = { 'api-version': '7.1', serviceConnectionId: emulator.federated.connectionId, ...options.query };
  const search = new URLSearchParams(defined(query));
  const plan = `${project}/_apis/distributedtask/hubs/${hub}/plans/${crypto.randomUUID()}`;
  return call(`${emulator.organizationUrl}/${plan}/jobs/${jobId}/oidctoken?${search}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...(suppress ? { 'X-TFS-FedAuthRedirect': 'Suppress' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** Asks Entra for the federated application's token; `changes` replace fields of the form, or drop them. */
export function exchangeAssertion(
  emulator: Emulator,
  assertion: string,
  changes: Record<string, string | undefined> = {},
): Promise<Reply> {
  const { tenantId, clientId } = emulator.federated;
  const form = defined({
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: `${azureDevOps}/.default`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...changes,
  });
  return call(`${emulator.url}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(form) });
}

function defined(fields: Record<string, string | undefined>): [string, string][] {
  return Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
}

/** A call to the token API, as the default user unless another token is given. */
export function pats(
  emulator: Emulator,
  method: string,
  options: {
    query?: Record<string, string>;
    body?: unknown;
    token?: string;
    authorization?: string;
    headers?: Record<string, string>;
    version?: string | null;
  } = {},
): Promise<Reply> {
  const { query = {}, body, token = emulator.userAccessToken(), version = '7.1-preview.1' } = options;
  const search = new URLSearchParams({ ...query, ...(version === null ? {} : { 'api-version': version }) });
  return call(`${emulator.organizationUrl}/_apis/Tokens/Pats?${search}`, {
    method,
    headers: { authorization: options.authorization ?? `Bearer ${token}`, ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const hour = 60 * 60_000;

/** What a well-behaved client asks for. */
export function order(emulator: Emulator, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const validTo = new Date(emulator.state.clock.now() + hour).toISOString();
  return { displayName: 'a token', scope: 'vso.agentpools_manage', validTo, allOrgs: false, ...changes };
}

/** A new PAT. */
export async function createPat(
  emulator: Emulator,
  changes: Record<string, unknown> = {},
): Promise<{ authorizationId: string; token: string }> {
  const { json } = await pats(emulator, 'POST', { body: order(emulator, changes) });
  return json.patToken;
}

export const basic = (password: string, user = '') => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A call to the pools API; a credential without a scheme is sent as a Basic password. */
export function pools(
  emulator: Emulator,
  credential: string | undefined,
  options: { path?: string; query?: Record<string, string>; method?: string; body?: unknown; suppress?: boolean } = {},
): Promise<Reply> {
  const { path = '', query = {}, method = 'GET', body, suppress = true } = options;
  const search = new URLSearchParams({ 'api-version': '7.1', ...query });
  return call(`${emulator.organizationUrl}/_apis/distributedtask/pools${path}?${search}`, {
    method,
    headers: {
      ...(credential === undefined
        ? {}
        : { authorization: /^(Basic|Bearer) /.test(credential) ? credential : basic(credential) }),
      ...(suppress ? { 'X-TFS-FedAuthRedirect': 'Suppress' } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export const namesOf = (reply: Reply): string[] => reply.json.value.map(({ name }: { name: string }) => name);
