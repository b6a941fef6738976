import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Connection } from '../../../src/agent/pipeline';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { Problems } from '../../../src/errors';
import { Secret } from '../../../src/secret';
import { readIssuer, readLimits } from '../../../src/sign-in/user';
import { noted } from '../../support/problems';
import { type ConnectionFields, FakePipeline } from '../../support/world';

const guid = '11111111-2222-3333-4444-555555555555';
const good: ConnectionFields = {
  url: 'https://dev.azure.com/fabrikam',
  data: { tenantId: guid, clientId: guid },
  secrets: { refreshToken: '0.refresh-token-of-the-user', clientSecret: 'client~secret' },
};
function pipelineWith({ url, data, secrets }: Partial<ConnectionFields>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.connections = {
    'endpoint-1': { url: url ?? good.url, data: { ...good.data, ...data }, secrets: { ...good.secrets, ...secrets } },
  };
  return pipeline;
}

/** What such a step names to sign in. */
function credentialOf(pipeline: FakePipeline) {
  return { kind: 'issuer', connection: pipeline.connection('endpoint-1') as Connection } as const;
}

function read(fields: Partial<ConnectionFields>) {
  const problems = new Problems();
  const issuer = readIssuer(credentialOf(pipelineWith(fields)), problems);
  return { issuer, problems: noted(problems) };
}

function limits(data: Record<string, string>) {
  const problems = new Problems();
  const pipeline = pipelineWith({ data });
  return { limits: readLimits(credentialOf(pipeline), pipeline, problems), problems: noted(problems) };
}

describe('issuer: readIssuer', () => {
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
    assert.equal(issuer.clientSecret?.reveal(), 'client~secret');
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
    assert.equal('clientSecret' in issuer, false);
  });

  it('lets a loopback organization have a loopback authority, and no other', () => {
    const authorityUrl = 'http://127.0.0.1:8080';
    const { issuer } = read({ url: 'http://127.0.0.1:8080/org', data: { authorityUrl } });
    assert.ok(issuer?.kind === 'refreshToken' && issuer.authority === authorityUrl);
    assert.match(read({ data: { authorityUrl } }).problems, /host-untrusted/);
  });

  it('needs no connection for an access token', () => {
    const accessToken = new Secret('a'.repeat(30));
    const organization = parseOrganization(good.url, 'input-invalid');
    const issuer = readIssuer({ kind: 'accessToken', accessToken, organization }, new Problems());
    assert.deepEqual(issuer, { kind: 'accessToken', connection: 'accessToken', organization, accessToken });
  });

  for (const [what, fields, told] of [
    ['a URL that is none', { url: 'fabrikam' }, /"fabrikam" is not a URL.*\(connection-invalid\)$/],
    ['another host', { url: 'https://tfs.contoso.example/tfs' }, /\(organization-unsupported\)$/],
    ['no tenant', { data: { tenantId: '' } }, /tenantId.*\(connection-invalid\)$/],
    ['the common tenant', { data: { tenantId: 'common' } }, /tenantId/],
    ['a tenant that is a path', { data: { tenantId: 'a.b/c' } }, /tenantId/],
    ['a tenant that goes up', { data: { tenantId: '..' } }, /tenantId/],
    ['no client', { data: { clientId: '' } }, /clientId.*\(connection-invalid\)$/],
    ['a client that is no id', { data: { clientId: 'my app' } }, /clientId/],
    ['a client secret of two lines', { secrets: { clientSecret: 'a\nb' } }, /clientSecret/],
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
      assert.match(problems, told);
    });
  }

  it('tells everything that is wrong at once', () => {
    const { problems } = read({
      url: 'x',
      data: { tenantId: 'x', clientId: 'x', authorityUrl: 'x' },
      secrets: { refreshToken: '', clientSecret: 'a b' },
    });
    assert.match(problems, /There are 6 problems/);
  });

  it('reads nothing where something else was wrong before, and adds nothing to it', () => {
    const problems = new Problems();
    problems.add('input-invalid', 'pool is odd.');
    assert.equal(readIssuer(credentialOf(pipelineWith({})), problems), undefined);
    assert.match(noted(problems), /^pool is odd/);
  });

  it('reads or notes, throws nothing, and shows no secret, whatever the fields hold', () => {
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
        const problems = new Problems();
        const pipeline = pipelineWith(given);
        const credential = credentialOf(pipeline);
        const issuer = readIssuer(credential, problems);
        readLimits(credential, pipeline, problems);
        const message = noted(problems);
        assert.ok(issuer || message !== '');
        assert.ok(!message.includes('s3cret-s3cret'), message);
        for (const secret of Object.values(given.secrets)) assert.ok(!message.includes(secret), message);
        assert.doesNotMatch(message, /##\s*(vso)?\[|[\r\n]/i);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('issuer: readLimits', () => {
  it('lets no variable of the pipeline stand for a field that the connection left empty', () => {
    const pipeline = pipelineWith({});
    pipeline.variables['ENDPOINT_DATA_endpoint-1_ALLOWEDSCOPES'] = 'agentPool,environment';
    const problems = new Problems();
    readLimits(credentialOf(pipeline), pipeline, problems);
    assert.match(noted(problems), /named like a field of a service connection.*\(connection-invalid\)$/);
  });

  it('allows agent pools alone unless the owner says otherwise', () => {
    assert.deepEqual(limits({}), { limits: { allowedScopes: ['agentPool'] }, problems: '' });
    assert.deepEqual(limits({ allowedScopes: ' , ' }).limits, { allowedScopes: ['agentPool'] });
  });

  it('reads scopes and a ceiling', () => {
    assert.deepEqual(limits({ allowedScopes: 'environment, deploymentGroup,', maxLifetimeMinutes: '30' }), {
      limits: { allowedScopes: ['environment', 'deploymentGroup'], maxLifetimeMinutes: 30 },
      problems: '',
    });
  });

  it('refuses a scope that there is none of, and allows nothing in its place', () => {
    const { limits: read, problems } = limits({ allowedScopes: 'everything' });
    assert.match(problems, /allowedScopes .*"everything".*\(connection-invalid\)$/);
    assert.deepEqual(read?.allowedScopes, []);
  });

  for (const maxLifetimeMinutes of ['0', '-5', '1.5', 'an hour', '100000', '1e2', '060']) {
    it(`refuses the ceiling ${maxLifetimeMinutes} rather than have none`, () => {
      assert.match(limits({ maxLifetimeMinutes }).problems, /maxLifetimeMinutes.*\(connection-invalid\)$/);
    });
  }

  it('knows none for an access token', () => {
    const organization = parseOrganization(good.url, 'input-invalid');
    const problems = new Problems();
    const token = { kind: 'accessToken', accessToken: new Secret('x'), organization } as const;
    assert.equal(readLimits(token, new FakePipeline(), problems), undefined);
    assert.equal(problems.none, true);
  });
});
