import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import type { Application } from '../../../dev/emulator/directory/entities';
import type { Claims } from '../../../dev/emulator/entra/jwt';
import { signJwt } from '../../../dev/emulator/entra/jwt';
import { identityToken } from '../../../dev/emulator/entra/oidc';
import type { ServiceConnection } from '../../../dev/emulator/model';
import { azureDevOps, claimsOf, exchangeAssertion, pools, requestIdentityToken } from './calls';

describe('emulated federation', () => {
  let emulator: Emulator;
  let application: Application;
  beforeEach(async () => {
    emulator = await startEmulator();
    const { clientId } = emulator.federated;
    application = emulator.state.applications.find((candidate) => candidate.clientId === clientId) as Application;
  });
  afterEach(() => emulator.close());

  const identity = (changes?: Claims) =>
    identityToken(emulator.state, emulator.state.serviceConnections[0] as ServiceConnection, changes);
  const outcome = async (assertion: string, changes: Record<string, string | undefined> = {}) => {
    const { status, json } = await exchangeAssertion(emulator, assertion, changes);
    return status === 200 ? 'granted' : [status, json.error, json.error_codes?.[0]];
  };

  it("gives a service principal's token for a connection's identity token", async () => {
    const { json: issued } = await requestIdentityToken(emulator);
    emulator.state.accessTokenMinutes = 61;
    const { status, headers, json } = await exchangeAssertion(emulator, issued.oidcToken);
    assert.equal(status, 200);
    assert.match(headers.get('cache-control') ?? '', /no-store/);
    assert.deepEqual([json.token_type, json.expires_in, json.refresh_token], ['Bearer', 61 * 60 - 1, undefined]);
    const { clientId, tenantId, principal } = emulator.federated;
    const { idtyp, appid, appidacr, oid, tid, aud, iat, exp, scp } = claimsOf(json.access_token);
    assert.deepEqual(
      { idtyp, appid, appidacr, oid, tid, aud, scp },
      {
        idtyp: 'app',
        appid: clientId,
        appidacr: '2',
        oid: principal.oid,
        tid: tenantId,
        aud: azureDevOps,
        scp: undefined,
      },
    );
    assert.equal(exp - iat, 61 * 60);
    for (const credential of [json.access_token, `Bearer ${json.access_token}`]) {
      assert.equal((await pools(emulator, credential)).status, 200);
    }
    assert.deepEqual(
      emulator.requests.slice(0, 2).map(({ operation }) => operation),
      ['oidc.token', 'entra.token'],
    );
  });

  it('takes an identity token until it ends', async () => {
    const token = identity();
    for (const _ of [1, 2, 3]) assert.equal(await outcome(token), 'granted');
    emulator.state.clock.advance(10 * 60_000);
    assert.deepEqual(await outcome(token), [401, 'invalid_client', 700024]);
  });

  it('takes it once where that is switched on', async () => {
    emulator.state.assertionsOnce = true;
    const token = identity();
    assert.equal(await outcome(token), 'granted');
    assert.deepEqual(await outcome(token), [401, 'invalid_client', 700027]);
    assert.equal(await outcome(identity()), 'granted');
  });

  it('takes it once even if the answer is lost', async () => {
    emulator.state.assertionsOnce = true;
    const token = identity();
    emulator.plan({ operation: 'entra.token', when: 'before', answer: { status: 503 } });
    emulator.plan({ operation: 'entra.token', when: 'after', answer: { status: 503 } });
    assert.equal((await exchangeAssertion(emulator, token)).status, 503);
    assert.equal((await exchangeAssertion(emulator, token)).status, 503);
    assert.deepEqual(await outcome(token), [401, 'invalid_client', 700027]);
  });

  it('compares issuer, subject and audience with the federated credential, to the letter', async () => {
    assert.deepEqual(await outcome(identity({ iss: 'https://vstoken.dev.azure.com/1' })), [
      401,
      'invalid_client',
      700211,
    ]);
    const subject = 'sc://fabrikam/fabrikam/fabrikam-agents';
    assert.deepEqual(await outcome(identity({ sub: subject })), [401, 'invalid_client', 7002138]);
    const another = 'sc://fabrikam/Fabrikam/another';
    assert.deepEqual(await outcome(identity({ sub: another })), [401, 'invalid_client', 700213]);
    assert.deepEqual(await outcome(identity({ aud: azureDevOps })), [401, 'invalid_client', 700212]);
    const [credential] = application.federatedCredentials ?? [];
    assert.ok(credential);
    credential.subject = subject;
    assert.equal(await outcome(identity({ sub: subject })), 'granted');
  });

  it('does not trust a connection that was renamed, or only registered', async () => {
    const untrusted = emulator.state.addServiceConnection({ name: 'untrusted' });
    assert.deepEqual((await outcome(identityToken(emulator.state, untrusted)))[2], 700213);
    const [connection] = emulator.state.serviceConnections;
    assert.ok(connection);
    connection.name = 'renamed';
    assert.deepEqual((await outcome(identity()))[2], 700213);
  });

  it('refuses a token that is not genuine, not live, or no token', async () => {
    assert.deepEqual(await outcome(signJwt(claimsOf(identity()))), [401, 'invalid_client', 700027]);
    const [head, , signature] = identity().split('.');
    const forged = Buffer.from(JSON.stringify({ ...claimsOf(identity()), sub: 'x' })).toString('base64url');
    assert.deepEqual(await outcome(`${head}.${forged}.${signature}`), [401, 'invalid_client', 700027]);
    assert.deepEqual(await outcome('nonsense'), [400, 'invalid_request', 50027]);
    const token = identity();
    emulator.state.clock.advance(10 * 60_000);
    assert.deepEqual(await outcome(token), [401, 'invalid_client', 700024]);
    emulator.state.clock.advance(-20 * 60_000);
    assert.deepEqual(await outcome(identity({ nbf: Math.floor(emulator.state.clock.now() / 1000) + 400 })), [
      401,
      'invalid_client',
      700024,
    ]);
  });

  it('refuses an application without a federated credential, and one that is open to other tenants', async () => {
    const { clientId } = emulator.servicePrincipal;
    assert.deepEqual(await outcome(identity(), { client_id: clientId }), [401, 'invalid_client', 70021]);
    application.multiTenant = true;
    assert.deepEqual(await outcome(identity()), [401, 'invalid_client', 70052]);
  });

  const refusals: Array<[string, Record<string, string | undefined>, [number, string, number]]> = [
    ['no type of assertion', { client_assertion_type: undefined }, [400, 'invalid_request', 900144]],
    ['another type of assertion', { client_assertion_type: 'saml2' }, [400, 'invalid_request', 90023]],
    ['no proof', { client_assertion: undefined }, [401, 'invalid_client', 7000218]],
    [
      'a secret it does not have',
      { client_assertion: undefined, client_secret: 'secret' },
      [401, 'invalid_client', 7000215],
    ],
    ['another application', { client_id: 'unknown' }, [400, 'unauthorized_client', 700016]],
    ['no scope', { scope: undefined }, [400, 'invalid_request', 900144]],
    ['a narrower scope', { scope: `${azureDevOps}/vso.agentpools_manage` }, [400, 'invalid_scope', 1002012]],
    ['a resource it does not know', { scope: 'api://nothing/.default' }, [400, 'invalid_resource', 500011]],
    ['something that is no scope', { scope: `${azureDevOps}/.default offline_access` }, [400, 'invalid_scope', 70011]],
  ];
  for (const [what, changes, expected] of refusals) {
    it(`refuses ${what}`, async () => {
      assert.deepEqual(await outcome(identity(), changes), expected);
    });
  }

  it('answers 501 to a secret beside an assertion', async () => {
    assert.equal((await exchangeAssertion(emulator, identity(), { client_secret: 'x' })).status, 501);
  });

  it('lets the other service principal in with its secret', async () => {
    const { clientId, clientSecret, principal } = emulator.servicePrincipal;
    const form = { client_id: clientId, client_assertion: undefined, client_assertion_type: undefined };
    const { json } = await exchangeAssertion(emulator, '', { ...form, client_secret: clientSecret });
    const { appid, appidacr, oid } = claimsOf(json.access_token);
    assert.deepEqual([appid, appidacr, oid], [clientId, '1', principal.oid]);
  });
});
