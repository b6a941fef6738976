import assert from 'node:assert/strict';
import { mint } from '../../../src/agent-pool-token/main';
import { revoke } from '../../../src/agent-pool-token/post';
import { runStep } from '../../../src/step/run-step';
import { adasToken, type ConnectionFields, identityTokenOf, json, kindOf, noon, World } from '../../support/world';

const day = 86_400_000;
const formOf = (body: string | undefined) => Object.fromEntries(new URLSearchParams(body));

/** A job whose issuer connection has these fields beside, or instead of, the usual ones. */
function job({ data, secrets, ...fields }: Partial<ConnectionFields>): World {
  const world = new World();
  const connection = world.pipeline.connections['endpoint-1'] as ConnectionFields;
  Object.assign(connection, fields);
  Object.assign(connection.data ?? {}, data);
  connection.secrets = { ...connection.secrets, ...secrets };
  // What Entra takes of an identity token is for the tests against the emulated one.
  const token = json(200, { token_type: 'Bearer', expires_in: 3599, access_token: adasToken });
  const isFederated = fields.scheme !== undefined || data?.clientAuthentication === 'identityToken';
  for (let number = 1; isFederated && number <= 9; number++) {
    world.answer('identity', json(200, { oidcToken: identityTokenOf(number) })).answer('sign-in', token);
  }
  return world;
}

const signIns = (world: World) =>
  world.requests.filter((request) => kindOf(request) === 'sign-in').map(({ body }) => formOf(body));

describe('client proof: an issuer connection with a federated app', () => {
  for (const [what, fields] of [
    ['the scheme', { scheme: 'WorkloadIdentityFederation', secrets: { clientSecret: '' } }],
    ['clientAuthentication', { data: { clientAuthentication: 'identityToken' }, secrets: { clientSecret: '' } }],
  ] as const) {
    it(`by ${what} presents the identity token of this connection, in main and in post`, async () => {
      const world = job(fields);
      const kinds: string[] = [];
      await runStep(world, mint);
      kinds.push(...world.requestKinds);
      assert.deepEqual(kinds.slice(0, 2), ['identity', 'sign-in']);
      const [form] = signIns(world);
      assert.equal(form?.grant_type, 'refresh_token');
      assert.equal(form?.client_assertion_type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      assert.equal(form?.client_assertion?.split('.').length, 3);
      assert.equal('client_secret' in (form ?? {}), false);
      assert.match(world.requests[0]?.url ?? '', /serviceConnectionId=endpoint-1$/);
      await runStep(world, revoke);
    });
  }

  it('never sends a client secret that an edited connection kept, and says that it is ignored', async () => {
    const world = job({ scheme: 'WorkloadIdentityFederation' });
    await runStep(world, mint);
    assert.ok(signIns(world).every((form) => !('client_secret' in form)));
    assert.match(world.texts('warn').join('\n'), /client secret in the service connection is ignored/);
  });

  it('reads a plain field also where it arrives as an authorization parameter', async () => {
    const world = job({ scheme: 'WorkloadIdentityFederation', secrets: { clientSecret: '' } });
    const connection = world.pipeline.connections['endpoint-1'] as ConnectionFields;
    connection.parameters = { ...connection.data };
    connection.data = {};
    await runStep(world, mint);
    assert.deepEqual(world.requestKinds.slice(0, 2), ['identity', 'sign-in']);
  });

  it('refuses another clientAuthentication', async () => {
    const world = job({ data: { clientAuthentication: 'certificate' } });
    await runStep(world, mint);
    assert.match(world.failure, /none of secret, identityToken.*\(connection-invalid\)$/);
    assert.deepEqual(world.requests, []);
  });

  it('warns from 2027 on where the issuer of its identity tokens ends', async () => {
    for (const [now, warns] of [
      [Date.UTC(2026, 11, 31), false],
      [Date.UTC(2027, 0, 1), true],
    ] as const) {
      const world = job({ data: { clientAuthentication: 'identityToken' }, secrets: { clientSecret: '' } });
      world.runtime.now = () => now;
      await runStep(world, mint);
      assert.equal(/2027-07-01/.test(world.texts('warn').join()), warns);
    }
  });
});

describe('client proof: an agent user', () => {
  const ids = {
    agentIdentityId: '77777777-bbbb-cccc-dddd-eeeeeeeeeeee',
    agentUserId: '88888888-bbbb-cccc-dddd-eeeeeeeeeeee',
  };
  const federated = { scheme: 'WorkloadIdentityFederation' };

  it('signs in by a chain of three requests, with nothing stored', async () => {
    const world = job({ ...federated, data: ids, secrets: { clientSecret: '', refreshToken: '' } });
    await runStep(world, mint);
    assert.deepEqual(world.requestKinds.slice(0, 2), ['identity', 'sign-in']);
    const [first, second, third] = signIns(world);
    assert.equal(first?.fmi_path, ids.agentIdentityId);
    assert.equal(first?.grant_type, 'client_credentials');
    assert.equal(second?.client_id, ids.agentIdentityId);
    assert.equal(third?.grant_type, 'user_fic');
    assert.equal(third?.user_id, ids.agentUserId);
    assert.match(world.said.join('\n'), /experimental: no one has shown yet that Azure DevOps takes such a user/);
  });

  it('ignores a refresh token, and says so', async () => {
    const world = job({ ...federated, data: ids, secrets: { clientSecret: '' } });
    await runStep(world, mint);
    assert.match(world.texts('warn').join(), /refresh token in the service connection is ignored/);
    assert.ok(signIns(world).every((form) => !('refresh_token' in form)));
  });

  for (const [what, fields] of [
    ['with one id alone', { ...federated, data: { agentUserId: ids.agentUserId } }],
    ['with an id that is none', { ...federated, data: { ...ids, agentIdentityId: 'my agent' } }],
    ['without federation', { data: ids }],
    ['by an identity token without the scheme', { data: { ...ids, clientAuthentication: 'identityToken' } }],
  ] as const) {
    it(`is refused ${what}`, async () => {
      const world = job(fields);
      await runStep(world, mint);
      assert.match(world.failure, /\(connection-invalid\)$/);
      assert.deepEqual(world.requests, []);
    });
  }
});

describe('client proof: the age of a refresh token', () => {
  for (const [stored, warning] of [
    [new Date(noon - 74 * day).toISOString(), undefined],
    [new Date(noon - 75 * day).toISOString(), /stored 75 days ago .* 15 days are left/],
    [new Date(noon - 89 * day).toISOString(), /1 day is left/],
    [new Date(noon - 200 * day).toISOString(), /0 days are left/],
    [new Date(noon + day).toISOString(), undefined],
    ['', undefined],
    ['yesterday', undefined],
  ] as const) {
    it(`stored at ${JSON.stringify(stored)} ${warning ? 'is warned of' : 'says nothing'}`, async () => {
      const world = job({ data: { refreshTokenStoredOn: stored } });
      await runStep(world, mint);
      assert.deepEqual(world.texts('fail'), []);
      const warnings = world.texts('warn').join();
      if (warning) assert.match(warnings, warning);
      else assert.equal(warnings, '');
    });
  }
});
