import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { readAppCredential } from '../../../src/sign-in/app';
import type { AppType } from '../../../src/sign-in/connections';
import { InputReader } from '../../../src/step/input-reader';
import { errorOf } from '../../support/problems';
import { ada, type ConnectionFields, FakePipeline } from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const loopback = parseOrganization('http://127.0.0.1:8080/fabrikam', 'input-invalid');
const key = 'key~of.the-service_principal';
const ids = { tenantId: ada.tid, servicePrincipalId: 'dddddddd-bbbb-cccc-dddd-eeeeeeeeeeee' };
const federated: ConnectionFields = { url: 'https://x', scheme: 'WorkloadIdentityFederation', parameters: ids };
const keyed: ConnectionFields = {
  url: 'https://x',
  scheme: 'ServicePrincipal',
  parameters: ids,
  secrets: { servicePrincipalKey: key },
};

function read(fields: ConnectionFields, kind: AppType = 'azureRM', where = organization) {
  const pipeline = new FakePipeline();
  pipeline.connections = { 'endpoint-2': fields, SYSTEMVSSCONNECTION: { url: where.url } };
  const input = { azureDevOps: 'azureDevOpsServiceConnection', azureRM: 'azureSubscription' }[kind];
  pipeline.inputs = { connectionType: kind, [input]: 'endpoint-2', organizationUrl: where.url };
  const reader = new InputReader(pipeline);
  const issuer = readAppCredential(reader, kind);
  return { issuer, error: errorOf(reader), events: pipeline.events };
}

describe('app-issuer: which application', () => {
  for (const kind of ['azureDevOps', 'azureRM'] as const) {
    for (const scheme of ['WorkloadIdentityFederation', 'workloadidentityfederation']) {
      it(`signs in by federation through ${kind} (${scheme}), without a secret`, () => {
        const { issuer, error, events } = read({ ...federated, scheme }, kind);
        assert.equal(error, undefined);
        assert.deepEqual(issuer, {
          organization,
          authority: 'https://login.microsoftonline.com',
          tenantId: ids.tenantId,
          clientId: ids.servicePrincipalId,
          proof: { kind: 'federated', connection: 'endpoint-2', issuerEnds: false },
        });
        assert.deepEqual(events, []);
      });
    }
  }

  for (const authenticationType of ['', 'spnKey', 'SPNKEY']) {
    it(`signs in with a key (${JSON.stringify(authenticationType)}), which is masked and never shown`, () => {
      const { issuer, error, events } = read({ ...keyed, parameters: { ...ids, authenticationType } });
      assert.equal(error, undefined);
      assert.ok(issuer?.proof.kind === 'clientSecret', 'it is no key');
      assert.equal(issuer.proof.clientSecret.reveal(), key);
      assert.ok(!inspect(issuer, { depth: 5 }).includes(key), 'the key is shown');
      assert.deepEqual(events, [{ kind: 'mask', value: key }]);
    });
  }
});

describe('app-issuer: a connection that cannot be used', () => {
  const refused: [what: string, connection: ConnectionFields, kind: AppType, named: RegExp][] = [
    ['a managed identity', { ...federated, scheme: 'ManagedServiceIdentity' }, 'azureRM', /"ManagedServiceIdentity"/],
    ['a publish profile', { ...federated, scheme: 'PublishProfile' }, 'azureRM', /"PublishProfile"/],
    [
      'a certificate',
      { ...keyed, parameters: { ...ids, authenticationType: 'spnCertificate' } },
      'azureRM',
      /"spnCertificate"/,
    ],
    ['a token', { ...federated, scheme: 'Token' }, 'azureDevOps', /"Token"/],
    ['a key where there is none for this kind', keyed, 'azureDevOps', /"ServicePrincipal"/],
    ['no scheme', { ...federated, scheme: '' }, 'azureRM', /"no scheme"/],
    [
      'a near miss',
      { ...federated, scheme: 'WorkloadIdentityFederation2' },
      'azureRM',
      /"WorkloadIdentityFederation2"/,
    ],
    ['a hostile scheme', { ...federated, scheme: '##vso[task.complete]\nx' }, 'azureRM', /does not support/],
    ['no key', { ...keyed, secrets: {} }, 'azureRM', /no usable key/],
    ['a key of two words', { ...keyed, secrets: { servicePrincipalKey: `${key} ${key}` } }, 'azureRM', /no usable key/],
    ['a novel for a key', { ...keyed, secrets: { servicePrincipalKey: 'x'.repeat(16_385) } }, 'azureRM', /no usable/],
  ];
  for (const [what, connection, kind, named] of refused) {
    it(`because it signs in with ${what} is refused by name, and says what to use`, () => {
      const { issuer, error } = read(connection, kind);
      assert.equal(issuer, undefined);
      assert.equal(error?.code, 'connection-invalid');
      assert.match(error?.what ?? '', named);
      assert.match(error?.remedy ?? '', /workload identity federation/);
      assert.doesNotMatch(error?.message ?? '', /##|\n/);
      assert.ok(!error?.message.includes(key), error?.message);
    });
  }

  for (const [field, says] of [
    ['tenantId', /no Entra tenant/],
    ['servicePrincipalId', /no application/],
  ] as const) {
    for (const value of ['', 'common', '../x', `${ids.tenantId}/x`, `${ids.tenantId}\n`]) {
      it(`has ${field} ${JSON.stringify(value)}`, () => {
        const { error } = read({ ...federated, parameters: { ...ids, [field]: value } });
        assert.equal(error?.code, 'connection-invalid');
        assert.match(error?.what ?? '', says);
      });
    }
  }

  it('reports everything that is wrong with it at once', () => {
    const { error } = read({ url: 'x', scheme: 'Token', data: { environmentAuthorityUrl: 'https://evil.example' } });
    assert.match(error?.what ?? '', /There are 4 problems: .*authority host.*tenant.*application.*"Token"/);
  });
});

describe('app-issuer: the authority', () => {
  const at = (environmentAuthorityUrl: string, where = organization) =>
    read({ ...federated, data: { environmentAuthorityUrl } }, 'azureRM', where);

  for (const host of [
    'login.microsoftonline.com',
    'login.windows.net',
    'login.microsoftonline.us',
    'login.partner.microsoftonline.cn',
  ]) {
    it(`may be ${host}`, () => {
      for (const url of [`https://${host}`, `https://${host}/`, `https://${host}:443/`]) {
        assert.equal(at(url).issuer?.authority, `https://${host}`);
      }
    });
  }

  it('is the public one where the connection names none', () => {
    assert.equal(at('').issuer?.authority, 'https://login.microsoftonline.com');
  });

  for (const [url, code] of [
    ['https://evil.example', 'host-untrusted'],
    ['https://login.microsoftonline.com.evil.example', 'host-untrusted'],
    ['https://login.microsoftonline.com:444', 'host-untrusted'],
    ['https://LOGIN.microsoftonline.com', 'host-untrusted'],
    ['http://login.microsoftonline.com', 'host-untrusted'],
    ['https://login.microsoftonline.de', 'host-untrusted'],
    ['https://dev.azure.com', 'host-untrusted'],
    ['https://login.microsoftonline.com@evil.example', 'connection-invalid'],
    ['https://evil.example\\.login.microsoftonline.com', 'connection-invalid'],
    ['https://login.microsoftonline.com/tenant', 'connection-invalid'],
    ['https://login.microsoftonline.com?x', 'connection-invalid'],
    ['login.microsoftonline.com', 'connection-invalid'],
    ['http://127.0.0.1:9', 'host-untrusted'],
    ['https://localhost', 'host-untrusted'],
  ] as const) {
    it(`is never ${url}`, () => {
      const { issuer, error } = at(url);
      assert.equal(issuer, undefined);
      assert.equal(error?.code, code);
    });
  }

  it('may be on this machine beside an organization on this machine', () => {
    assert.equal(at('http://127.0.0.1:9', loopback).issuer?.authority, 'http://127.0.0.1:9');
    assert.equal(at('https://evil.example', loopback).error?.code, 'host-untrusted');
  });
});

describe('app-issuer: any connection', () => {
  it('is refused with problems, or leads to Entra alone', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(ids), 'spnKey', key));
    const connection = fc.record({
      url: value,
      scheme: fc.oneof(fc.constantFrom('WorkloadIdentityFederation', 'ServicePrincipal'), value),
      parameters: fc.record({
        tenantId: value,
        servicePrincipalId: value,
        authenticationType: fc.oneof(fc.constant(''), value),
      }),
      data: fc.record({
        environmentAuthorityUrl: fc.oneof(
          fc.webUrl(),
          fc.constantFrom('', 'https://login.windows.net/', 'http://localhost:1'),
          value,
        ),
      }),
      secrets: fc.record({ servicePrincipalKey: value }),
    });
    fc.assert(
      fc.property(connection, fc.constantFrom<AppType>('azureRM', 'azureDevOps'), (fields, kind) => {
        const { issuer, error } = read(fields, kind);
        assert.ok(issuer || error, 'nothing read, and no problem noted');
        if (error) {
          assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
          return;
        }
        assert.match(issuer?.authority ?? '', /^https:\/\/login\.(microsoftonline\.(com|us)|windows\.net|partner\.)/);
        assert.match(issuer?.tenantId ?? '', /^[0-9a-f-]{36}$/i);
        assert.match(issuer?.clientId ?? '', /^[0-9a-f-]{36}$/i);
      }),
      { numRuns: 2000 },
    );
  });
});
