import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../../dev/commands/surroundings/free-port';
import { listenerFault } from '../../setup/browser/listener';
import { askForCode } from '../../setup/browser/sign-in';
import { Interrupted, SetupError } from '../../setup/failure';
import { Interruption } from '../../setup/interruption';

interface Visit {
  path: string;
  host?: string;
  method?: string;
}

/** What a browser gets from the listener. */
function visit(
  port: number,
  { path, host = `localhost:${port}`, method = 'GET' }: Visit,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Signs in with a browser that does as the test says, given the state that was sent. */
async function signIn(answer: (state: string, port: number) => Promise<unknown>, interruption = new Interruption()) {
  const port = await freePort();
  let address = new URL('http://localhost');
  const code = await askForCode(
    {
      authority: 'https://login.microsoftonline.com',
      tenantId: 'tenant',
      clientId: 'client',
      user: 'user@contoso.com',
      port,
    },
    interruption,
    async (shown) => {
      address = new URL(shown);
      void answer(address.searchParams.get('state') ?? '', port).catch(() => undefined);
    },
  );
  return { code, address, port };
}

describe('the sign-in in the browser', () => {
  it('asks with PKCE, a state and the name of the user, and takes the code', async () => {
    const { code, address, port } = await signIn((state, to) =>
      visit(to, { path: `/signed-in?code=abc&state=${state}` }),
    );
    const { searchParams } = address;
    assert.equal(code.code, 'abc');
    assert.equal(code.redirectUri, `http://localhost:${port}/signed-in`);
    assert.equal(searchParams.get('redirect_uri'), code.redirectUri);
    assert.equal(searchParams.get('login_hint'), 'user@contoso.com');
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.ok(!address.href.includes(code.verifier));
    assert.match(searchParams.get('scope') ?? '', /offline_access .*vso\.pats .*vso\.pats_manage/);
  });

  it('sends another state and verifier each time', async () => {
    const once = () => signIn((state, port) => visit(port, { path: `/signed-in?code=abc&state=${state}` }));
    const [one, other] = [await once(), await once()];
    assert.notEqual(one.code.verifier, other.code.verifier);
    assert.notEqual(one.address.searchParams.get('state'), other.address.searchParams.get('state'));
  });

  const refused: [string, (state: string) => string, RegExp][] = [
    ['another state', () => '/signed-in?code=abc&state=other', /another sign-in/],
    ['no state', () => '/signed-in?code=abc', /another sign-in/],
    ['no code', (state) => `/signed-in?state=${state}`, /did not sign the user in/],
    [
      "Entra's refusal",
      (state) => `/signed-in?error=access_denied&error_description=AADSTS50105%3A+not+assigned&state=${state}`,
      /AADSTS50105/,
    ],
  ];
  for (const [what, pathOf, message] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        signIn((state, port) => visit(port, { path: pathOf(state) })),
        (error) => error instanceof SetupError && message.test(error.message),
      );
    });
  }

  it('passes over what is not its answer, and shows nothing of the answer on its page', async () => {
    const seen: { status: number; body: string }[] = [];
    await signIn(async (state, port) => {
      seen.push(await visit(port, { path: '/favicon.ico' }));
      seen.push(await visit(port, { path: `/signed-in?code=evil&state=${state}`, host: 'evil.example' }));
      seen.push(await visit(port, { path: `/signed-in?code=evil&state=${state}`, method: 'POST' }));
      seen.push(await visit(port, { path: `/signed-in?code=abc&state=${state}` }));
      assert.ok(!seen.some(({ body }) => body.includes(state) || body.includes('abc')));
    });
    assert.deepEqual(
      seen.slice(0, 3).map(({ status }) => status),
      [404, 404, 409],
    );
  });

  it('ends at once when the command is interrupted, and listens no more', async () => {
    const interruption = new Interruption();
    let port = 0;
    await assert.rejects(
      signIn(async (_state, used) => {
        port = used;
        interruption.interrupt();
      }, interruption),
      Interrupted,
    );
    assert.equal(await listenerFault(port), undefined);
  });

  it('says beforehand that a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(await listenerFault(port), 'EADDRINUSE');
    await new Promise((resolve) => server.close(resolve));
  });
});
