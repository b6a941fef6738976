import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sinon from 'sinon';
import type { Emulator } from '../../dev/emulator';
import { strangerPackage } from './strangers';

const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';
const scopes = [`${azureDevOps}/vso.pats`, `${azureDevOps}/vso.pats_manage`];

/** A token server from the registry, at the place where an issuer's connection looks for Entra's. */
export interface TokenServer {
  /** What differs in the connection. */
  connection: { data: Record<string, string>; secrets: Record<string, string> };
  /** How many tokens it gave, and how many requests it refused. */
  readonly given: number;
  readonly refused: number;
  close(): Promise<void>;
}

interface MockService {
  once(event: 'beforeResponse', listener: (response: MockResponse) => void): void;
  on(event: 'beforeResponse', listener: (response: MockResponse) => void): void;
}

interface MockResponse {
  body: Record<string, unknown>;
  statusCode: number;
}

interface MockPackage {
  OAuth2Server: new (
    key: undefined,
    cert: undefined,
    options: { endpoints: { token: string } },
  ) => {
    issuer: { keys: { generate(algorithm: string): Promise<unknown> } };
    service: MockService;
    start(port: number, host: string): Promise<void>;
    stop(): Promise<void>;
    address(): AddressInfo;
  };
}

/** oauth2-mock-server, whose answers carry an access token that the emulated organization takes. */
export async function startMockServer(
  emulator: Emulator,
  change: (response: MockResponse) => void = () => {},
): Promise<TokenServer> {
  const { OAuth2Server } = strangerPackage<MockPackage>('oauth2-mock-server');
  const { tenantId, clientId } = emulator.issuer;
  const server = new OAuth2Server(undefined, undefined, { endpoints: { token: `/${tenantId}/oauth2/v2.0/token` } });
  await server.issuer.keys.generate('RS256');
  const count = { given: 0, refused: 0 };
  server.service.on('beforeResponse', (response) => {
    response.body.access_token = emulator.userAccessToken();
    change(response);
    count[response.statusCode === 200 ? 'given' : 'refused']++;
  });
  await server.start(0, '127.0.0.1');
  return {
    connection: {
      data: { tenantId, clientId, authorityUrl: `http://127.0.0.1:${server.address().port}` },
      secrets: {},
    },
    get given() {
      return count.given;
    },
    get refused() {
      return count.refused;
    },
    close: () => server.stop(),
  };
}

interface Saved {
  save(): Promise<string>;
}

interface ProviderPackage {
  Provider: new (
    issuer: string,
    configuration: object,
  ) => {
    callback(): RequestListener;
    on(event: string, listener: (context: { body: { access_token: string } }) => void): void;
    Grant: new (of: object) => Saved & { addOIDCScope(scope: string): void };
    RefreshToken: new (of: object) => Saved;
    Client: { find(id: string): Promise<object> };
  };
}

/** oidc-provider, a certified server; the organization takes its tokens for those of the issuer's user. */
export async function startProvider(emulator: Emulator, { rotates }: { rotates: boolean }): Promise<TokenServer> {
  // What it warns of is that nothing of it is kept: no concern of a test.
  const quiet = sinon.stub(console, 'info');
  const warnings = sinon.stub(console, 'warn');
  try {
    return await providerFor(emulator, rotates);
  } finally {
    quiet.restore();
    warnings.restore();
  }
}

async function providerFor(emulator: Emulator, rotates: boolean): Promise<TokenServer> {
  const { Provider } = strangerPackage<ProviderPackage>('oidc-provider');
  const { tenantId, clientId, clientSecret } = emulator.issuer;
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  // Else a failure here would keep the process of the tests alive.
  http.unref();
  const authorityUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const provider = new Provider(authorityUrl, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/signed-in'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    routes: { token: `/${tenantId}/oauth2/v2.0/token` },
    scopes: [...scopes, 'openid', 'offline_access'],
    rotateRefreshToken: rotates,
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 3600, RefreshToken: 3600, Grant: 3600 },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    cookies: { keys: ['not used'] },
  });
  const count = { given: 0, refused: 0 };
  const claims = emulator.state.opaqueTokens.get(emulator.userAccessToken({ opaque: true })) ?? {};
  provider.on('grant.success', ({ body }) => {
    count.given++;
    emulator.state.opaqueTokens.set(body.access_token, claims);
  });
  provider.on('grant.error', () => void count.refused++);
  http.on('request', provider.callback());
  const refreshToken = await grantTo(provider, clientId);
  return {
    connection: { data: { authorityUrl }, secrets: { refreshToken } },
    get given() {
      return count.given;
    },
    get refused() {
      return count.refused;
    },
    close: () => closed(http),
  };
}

/** A refresh token as if a person had signed in and consented. */
async function grantTo(provider: InstanceType<ProviderPackage['Provider']>, clientId: string): Promise<string> {
  const accountId = 'issuer';
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scopes.join(' '));
  const grantId = await grant.save();
  const client = await provider.Client.find(clientId);
  const of = { accountId, client, grantId, scope: scopes.join(' '), gty: 'authorization_code' };
  return await new provider.RefreshToken(of).save();
}

async function closed(server: Server): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await ended;
}
