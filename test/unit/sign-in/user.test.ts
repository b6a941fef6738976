import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLimits } from '../../../src/sign-in/limits';
import { readUserCredential } from '../../../src/sign-in/user';
import { InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { type ConnectionFields, FakePipeline } from '../../support/world';

const guid = '11111111-2222-3333-4444-555555555555';
const good: ConnectionFields = {
  url: 'https://dev.azure.com/fabrikam',
  data: { tenantId: guid, clientId: guid },
  secrets: { refreshToken: '0.refresh-token-of-the-user', clientSecret: 'client~secret' },
};
function pipelineWith({ url, data, secrets }: Partial<ConnectionFields>, jobUrl = good.url): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = { issuer: 'endpoint-1' };
  pipeline.connections = {
    'endpoint-1': { url: url ?? good.url, data: { ...good.data, ...data }, secrets: { ...good.secrets, ...secrets } },
    SYSTEMVSSCONNECTION: { url: jobUrl },
  };
  return pipeline;
}

function read(fields: Partial<ConnectionFields>, jobUrl?: string) {
  const reader = new InputReader(pipelineWith(fields, jobUrl));
  const issuer = readUserCredential(reader);
  return { issuer, problems: noted(reader) };
}

describe('user: readUserCredential', () => {
  it('reads a connection', () => {
    const { issuer, problems } = read({});
    assert.equal(problems, '');
    assert.ok(issuer?.kind === 'refreshToken');
    assert.equal(issuer.connection, 'endpoint-1');
    assert.equal(issuer.organization.tokensUrl, 'https://vssps.dev.azure.com/fabrikam');
    assert.equal(issuer.authority, 'https://login.microsoftonline.com');
    assert.equal(issuer.tenantId, guid);
    assert.equal(issuer.clientId, guid);
    assert.equal(issuer.refreshToken.reveal(), '0.refresh-token-of-the-user');
    assert.ok(issuer.proof.kind === 'clientSecret' && issuer.proof.clientSecret.reveal() === 'client~secret');
  });

  it('reads a public client, a domain for a tenant, and another authority', () => {
    const { issuer, problems } = read({
      data: { tenantId: 'contoso.onmicrosoft.com', authorityUrl: 'https://login.microsoftonline.us/' },
      secrets: { clientSecret: '' },
    });
    assert.equal(problems, '');
    assert.ok(issuer?.kind === 'refreshToken');
    assert.equal(issuer.authority, 'https://login.microsoftonline.us');
    assert.equal(issuer.tenantId, 'contoso.onmicrosoft.com');
    assert.equal(issuer.proof.kind, 'public');
  });

  it('lets a loopback organization have a loopback authority, and no other', () => {
    const authorityUrl = 'http://127.0.0.1:8080';
    const local = { url: 'http://127.0.0.1:8080/org', data: { authorityUrl } };
    const { issuer } = read(local, 'http://localhost:9/other');
    assert.equal(read(local).issuer, undefined, 'a job that runs elsewhere sends nothing to this machine');
    assert.match(read(local).problems, /organization-unsupported/);
    assert.ok(issuer?.kind === 'refreshToken' && issuer.authority === authorityUrl);
    assert.match(read({ data: { authorityUrl } }).problems, /host-untrusted/);
  });

  for (const [what, fields, says] of [
    ['a URL that is none', { url: 'fabrikam' }, /"fabrikam" is not a URL.*\(connection-invalid\)$/],
    ['another host', { url: 'https://tfs.contoso.example/tfs' }, /\(organization-unsupported\)$/],
    ['no tenant', { data: { tenantId: '' } }, /tenantId.*\(connection-invalid\)$/],
    ['the common tenant', { data: { tenantId: 'common' } }, /tenantId/],
    ['a tenant that is a path', { data: { tenantId: 'a.b/c' } }, /tenantId/],
    ['a tenant that goes up', { data: { tenantId: '..' } }, /tenantId/],
    ['no client', { data: { clientId: '' } }, /clientId.*\(connection-invalid\)$/],
    ['a client that is no id', { data: { clientId: 'my app' } }, /clientId/],
    [
      'a client secret of two lines',
      { secrets: { clientSecret: 'a long one\nand more' } },
      /clientSecret.*line breaks/,
    ],
    ['a client secret that no mask could hide', { secrets: { clientSecret: 'a~b.c-d' } }, /clientSecret.*too short/],
    ['no refresh token', { secrets: { refreshToken: '' } }, /refreshToken .*is empty.*\(connection-invalid\)$/],
    ['a short refresh token', { secrets: { refreshToken: 'short' } }, /is not a refresh token/],
    [
      'a refresh token of two words',
      { secrets: { refreshToken: 'a'.repeat(30).concat(' b') } },
      /is not a refresh token/,
    ],
    ['another authority', { data: { authorityUrl: 'https://login.evil.example' } }, /\(host-untrusted\)$/],
    ['an authority with a path', { data: { authorityUrl: 'https://login.windows.net/x' } }, /\(connection-invalid\)$/],
  ] as [string, Partial<ConnectionFields>, RegExp][]) {
    it(`refuses ${what}`, () => {
      const { issuer, problems } = read(fields);
      assert.equal(issuer, undefined);
      assert.match(problems, says);
    });
  }

  it('reports everything that is wrong at once', () => {
    const { problems } = read({
      url: 'x',
      data: { tenantId: 'x', clientId: 'x', authorityUrl: 'x' },
      secrets: { refreshToken: '', clientSecret: 'a b' },
    });
    assert.match(problems, /There are 6 problems/);
  });

  it('reads or notes any fields, throws nothing, and shows no secret', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', guid, 'agentPool', '30'));
    const url = fc.oneof(value, fc.constantFrom(good.url, 'https://u:s3cret-s3cret@dev.azure.com/o'));
    const fields = fc.record({
      url,
      data: fc.record(
        { tenantId: value, clientId: value, authorityUrl: url, allowedScopes: value, maxLifetimeMinutes: value },
        { requiredKeys: [] },
      ),
      secrets: fc.record({ refreshToken: fc.string({ minLength: 24 }), clientSecret: fc.string({ minLength: 24 }) }),
    });
    fc.assert(
      fc.property(fields, (given) => {
        const pipeline = pipelineWith(given);
        const reader = new InputReader(pipeline);
        const issuer = readUserCredential(reader);
        readLimits(reader);
        const message = noted(reader);
        assert.ok(issuer || message !== '');
        assert.ok(!message.includes('s3cret-s3cret'), message);
        for (const secret of Object.values(given.secrets)) assert.ok(!message.includes(secret), message);
        assert.doesNotMatch(message, /##\s*(vso)?\[|[\r\n]/i);
      }),
      { numRuns: 1000 },
    );
  });
});
