import assert from 'node:assert/strict';
import { renew } from '../../../src/renew-agent-pool-token-issuer/main';
import { day, StoredIssuer } from '../../support/renewal-in-process';

const noFaults = { renewed: 'true' };

describe('RenewAgentPoolTokenIssuer', () => {
  const requests: [what: string, federated: boolean, writer: string, count: number][] = [
    ['a client secret, written by the job', false, 'job', 6],
    ['a client secret, written by a service principal', false, 'azureDevOps', 8],
    ['a federated issuer, written by the job', true, 'job', 8],
    ['a federated issuer, written by a service principal', true, 'azureDevOps', 10],
  ];
  for (const [what, federated, writer, count] of requests) {
    it(`renews ${what}, in ${count} requests`, async () => {
      const issuer = new StoredIssuer({ federated });
      const { refreshToken, clientSecret, endpoint } = issuer;
      const before = structuredClone(endpoint);
      const stage = await issuer.renew({ inputs: { writer } });
      assert.equal(stage.result, 'Succeeded', stage.message);
      assert.equal(stage.requests.length, count, stage.requests.map(({ operation }) => operation).join());
      assert.notEqual(issuer.refreshToken, refreshToken);
      assert.ok(issuer.works);
      assert.equal(issuer.clientSecret, clientSecret);
      const storedOn = Date.parse(endpoint.data.refreshTokenStoredOn ?? '');
      const { renewed, expiresOn } = stage.outputs;
      assert.deepEqual({ renewed, expiresOn }, { ...noFaults, expiresOn: new Date(storedOn + 90 * day).toISOString() });
      for (const key of Object.keys(before.parameters)) assert.ok(key in endpoint.parameters, key);
      const { refreshTokenStoredOn: _, ...rest } = endpoint.data;
      const { refreshTokenStoredOn: __, ...restBefore } = before.data;
      assert.deepEqual(rest, restBefore);
      const { parameters: p1, data: d1, modifiedAt: m1, ...all } = endpoint;
      const { parameters: p2, data: d2, modifiedAt: m2, ...allBefore } = before;
      assert.deepEqual(all, allBefore);
      const warned = stage.issues.some(({ message }) => /every pipeline of the project/.test(message));
      assert.equal(warned, writer === 'job');
    });
  }
});

describe('what a renewal refuses before anything is sent to Entra', () => {
  const refusals: Record<string, [prepare: (issuer: StoredIssuer) => void, code: string, says: RegExp]> = {
    'a writer that administers the connection in the project alone': [
      ({ endpoint, services }) => {
        const { buildService } = services.state.collection;
        delete endpoint.collectionRoles[buildService.oid];
        services.setEndpointRole(endpoint, buildService, { project: 'Administrator' });
      },
      'renewal-refused',
      /level of the collection/,
    ],
    'a connection that it cannot read': [
      ({ endpoint, services }) => {
        endpoint.collectionRoles = {};
        services.state.collection.endpoints.withoutRole = 'nothing';
      },
      'renewal-refused',
      /may not read/,
    ],
    'a connection of which it sees id and name': [
      ({ endpoint, services }) => {
        endpoint.collectionRoles = {};
        services.state.collection.endpoints.withoutRole = 'idAndName';
      },
      'renewal-refused',
      /may not read/,
    ],
    'another type': [({ endpoint }) => Object.assign(endpoint, { type: 'Generic' }), 'renewal-refused', /type/],
    'another url': [
      ({ endpoint }) => Object.assign(endpoint, { url: 'https://dev.azure.com/other' }),
      'renewal-refused',
      /not what this job was given/,
    ],
    'another tenant': [
      ({ endpoint }) => Object.assign(endpoint.data, { tenantId: 'other.onmicrosoft.com' }),
      'renewal-refused',
      /not what this job was given/,
    ],
    'another client': [
      ({ endpoint, services }) => Object.assign(endpoint.data, { clientId: services.federated.clientId }),
      'renewal-refused',
      /not what this job was given/,
    ],
    'another scheme': [
      ({ endpoint }) => Object.assign(endpoint, { scheme: 'WorkloadIdentityFederation' }),
      'renewal-refused',
      /not what this job was given/,
    ],
    'a disabled connection': [
      ({ endpoint }) => Object.assign(endpoint, { isDisabled: true }),
      'renewal-refused',
      /disabled/,
    ],
    'an answer without the client secret': [
      ({ endpoint }) => delete endpoint.parameters.clientSecret,
      'renewal-incomplete',
      /without clientSecret/,
    ],
    'an answer without the refresh token': [
      ({ endpoint }) => delete endpoint.parameters.RefreshToken,
      'renewal-incomplete',
      /without refreshToken/,
    ],
  };
  for (const [what, [prepare, code, says]] of Object.entries(refusals)) {
    it(what, async () => {
      const issuer = new StoredIssuer();
      const job = issuer.renewal();
      prepare(issuer);
      const before = structuredClone(issuer.endpoint);
      const stage = await job.stage(renew);
      job.check();
      assert.match(stage.message ?? '', new RegExp(`\\(${code}\\)$`));
      assert.match(stage.message ?? '', says);
      assert.ok(!stage.requests.some(({ operation }) => ['entra.token', 'endpoints.update'].includes(operation)));
      assert.deepEqual(issuer.endpoint, before);
      assert.equal(stage.outputs.renewed, 'false');
    });
  }

  for (const olderThanDays of ['-1', '61', '1.5', 'week']) {
    it(`olderThanDays ${olderThanDays}`, async () => {
      const stage = await new StoredIssuer().renew({ inputs: { olderThanDays } });
      assert.match(stage.message ?? '', /olderThanDays.*\(input-invalid\)$/);
      assert.equal(stage.requests.length, 0);
    });
  }
});

describe('the age of a refresh token', () => {
  const ages: [stored: number | undefined, olderThanDays: string, renewed: boolean][] = [
    [6.9, '7', false],
    [7, '7', true],
    [undefined, '7', true],
    [0, '0', true],
    [59, '60', false],
    [60, '60', true],
    [-0.5, '7', false],
    [-3, '7', true],
  ];
  for (const [storedDaysAgo, olderThanDays, renewed] of ages) {
    it(`of ${storedDaysAgo} days, where ${olderThanDays} are asked, renews: ${renewed}`, async () => {
      const issuer = new StoredIssuer({ storedDaysAgo });
      const { refreshToken } = issuer;
      const stage = await issuer.renew({ inputs: { olderThanDays } });
      assert.equal(stage.result, 'Succeeded', stage.message);
      assert.equal(stage.outputs.renewed, String(renewed));
      assert.equal(issuer.refreshToken !== refreshToken, renewed);
      assert.match(stage.outputs.expiresOn ?? '', /^\d{4}-\d\d-\d\dT/);
    });
  }
});

describe('what a renewal does for a token that is at stake', () => {
  it('renews where refresh tokens rotate', async () => {
    const issuer = new StoredIssuer();
    issuer.services.state.refreshTokensRotate = true;
    const stage = await issuer.renew();
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.ok(issuer.works);
  });

  it('says that the tenant rotates where the write fails and the old token is refused', async () => {
    const issuer = new StoredIssuer();
    issuer.services.state.refreshTokensRotate = true;
    const answer = { status: 403, body: '{"message":"No."}' };
    const stage = await issuer.renew({}, { operation: 'endpoints.update', times: 1000, answer });
    assert.match(stage.message ?? '', /Entra refuses the refresh token that it held before.*not supported.*Sign in as/);
    assert.match(stage.message ?? '', /\(renewal-failed\)$/);
    assert.equal(stage.outputs.expiresOn, '');
  });

  it('repeats a refused write with the same token until it is taken', async () => {
    const issuer = new StoredIssuer();
    issuer.services.state.refreshTokensRotate = true;
    const stage = await issuer.renew({}, { operation: 'endpoints.update', times: 7, answer: { status: 403 } });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.ok(issuer.works);
    const signIns = stage.requests.filter(({ operation }) => operation === 'entra.token');
    assert.equal(signIns.length, 2);
  });

  it('writes the old token back where Entra refuses the new one', async () => {
    const issuer = new StoredIssuer();
    const { refreshToken, endpoint } = issuer;
    const storedOn = endpoint.data.refreshTokenStoredOn;
    const stage = await issuer.renew({}, { operation: 'entra.token', skip: 1, answer: { aadsts: 70000 } });
    assert.match(stage.message ?? '', /written back.*still works.*\(renewal-failed\)$/);
    assert.equal(issuer.refreshToken, refreshToken);
    assert.equal(endpoint.data.refreshTokenStoredOn, storedOn);
    assert.ok(issuer.works);
  });

  it('fails where Entra issues no refresh token, and writes nothing', async () => {
    const issuer = new StoredIssuer();
    const before = structuredClone(issuer.endpoint);
    const mutate = ({ refresh_token: _, ...rest }: { refresh_token?: string }) => rest;
    const stage = await issuer.renew({}, { operation: 'entra.token', answer: { mutate } });
    assert.match(stage.message ?? '', /issued no new refresh token.*still works.*\(renewal-failed\)$/);
    assert.deepEqual(issuer.endpoint, before);
  });

  it('keeps what a person changes while a write is repeated', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    services.onRequest = ({ operation }, phase) => {
      if (operation === 'endpoints.update' && phase === 'arrived') endpoint.description ||= 'changed by a person';
    };
    const stage = await issuer.renew({}, { operation: 'endpoints.update', answer: { status: 500 } });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.equal(endpoint.description, 'changed by a person');
    assert.ok(issuer.works);
  });

  it('leaves alone what a person stores after the write, and says so', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    const before = endpoint.data.refreshTokenStoredOn ?? '';
    const theirs = services.state.issueRefreshToken().value;
    services.onRequest = ({ operation }, phase) => {
      if (operation !== 'endpoints.update' || phase !== 'answered') return;
      endpoint.data = { ...endpoint.data, refreshTokenStoredOn: before };
      endpoint.parameters = { ...endpoint.parameters, RefreshToken: theirs };
    };
    const stage = await issuer.renew();
    assert.match(stage.message ?? '', /somebody changed it meanwhile.*\(renewal-failed\)$/);
    assert.equal(issuer.refreshToken, theirs);
  });

  for (const rotates of [false, true]) {
    it(`leaves one good token after two renewals at once, where tokens ${rotates ? 'rotate' : 'stay'}`, async () => {
      const issuer = new StoredIssuer();
      issuer.services.state.refreshTokensRotate = rotates;
      const [one, other] = [issuer.renewal(), issuer.renewal()];
      const stages = await Promise.all([one.stage(renew), other.stage(renew)]);
      for (const stage of stages) assert.equal(stage.result, 'Succeeded', stage.message);
      assert.ok(stages.some(({ outputs }) => outputs.renewed === 'true'));
      assert.ok(issuer.works);
    });
  }

  it('writes what it has asked for when it is cancelled meanwhile, and says so', async () => {
    const issuer = new StoredIssuer();
    issuer.services.state.refreshTokensRotate = true;
    issuer.services.onRequest = ({ operation }, phase) => {
      if (operation === 'entra.token' && phase === 'effected') issuer.runtime.interrupt();
    };
    const stage = await issuer.renew();
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.match(stage.log.join('\n'), /was cancelled: it still writes the new refresh token/);
    assert.ok(issuer.works);
  });

  it('asks for nothing more when it is cancelled before', async () => {
    const issuer = new StoredIssuer();
    issuer.services.onRequest = ({ operation }, phase) => {
      if (operation === 'endpoints.get' && phase === 'effected') issuer.runtime.interrupt();
    };
    const stage = await issuer.renew();
    assert.match(stage.message ?? '', /nothing was changed\. \(cancelled\)$/);
    assert.deepEqual(
      stage.requests.map(({ operation }) => operation),
      ['endpoints.get'],
    );
  });
});
