import assert from 'node:assert/strict';
import { day, StoredIssuer } from '../../support/renewal-in-process';

const storedOnOf = ({ endpoint }: StoredIssuer) => endpoint.data.refreshTokenStoredOn ?? '';
const writes = (stage: { requests: { operation: string }[] }) =>
  stage.requests.filter(({ operation }) => operation === 'endpoints.update').length;

describe('replacement: a refresh token that Entra refuses', () => {
  it('before anything is stored ends the step with what Entra says, and writes nothing', async () => {
    const issuer = new StoredIssuer();
    const before = structuredClone(issuer.endpoint);
    const stage = await issuer.renew({}, { operation: 'entra.token', times: 9, answer: { aadsts: 700082 } });
    assert.match(stage.message ?? '', /\(sign-in-expired\)$/);
    assert.equal(stage.outputs.renewed, 'false');
    assert.equal(writes(stage), 0);
    assert.deepEqual(issuer.endpoint, before);
  });

  it('although another renewal stored one meanwhile leaves nothing to do', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    const theirs = new Date(services.state.clock.now()).toISOString();
    services.onRequest = ({ operation }, phase) => {
      if (operation === 'entra.token' && phase === 'arrived') endpoint.data.refreshTokenStoredOn = theirs;
    };
    const stage = await issuer.renew({}, { operation: 'entra.token', answer: { aadsts: 700082 } });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.match(stage.log.join('\n'), /Another renewal stored a new refresh token/);
    assert.deepEqual(
      [stage.outputs.renewed, stage.outputs.expiresOn, writes(stage)],
      ['false', new Date(Date.parse(theirs) + 90 * day).toISOString(), 0],
    );
  });

  it('and whose connection cannot be read any more ends the step with what Entra says', async () => {
    const issuer = new StoredIssuer();
    const unreadable = { operation: 'endpoints.get', skip: 1, times: 99, answer: { status: 500 } } as const;
    const refused = { operation: 'entra.token', answer: { aadsts: 700082 } } as const;
    const stage = await issuer.renew({}, unreadable, refused);
    assert.match(stage.message ?? '', /\(sign-in-expired\)$/);
    assert.equal(writes(stage), 0);
  });

  it('after it was stored, and that cannot be undone, is said with what became of the old one', async () => {
    const issuer = new StoredIssuer();
    const { refreshToken } = issuer;
    const stage = await issuer.renew(
      {},
      { operation: 'entra.token', skip: 1, answer: { aadsts: 70000 } },
      { operation: 'endpoints.update', skip: 1, times: 1000, answer: { status: 403, body: '{"message":"No."}' } },
    );
    assert.match(stage.message ?? '', /could not be written back: .*still works.*\(renewal-failed\)$/);
    assert.equal(stage.outputs.renewed, 'false');
    assert.notEqual(issuer.refreshToken, refreshToken);
  });
});

describe('replacement: what others store', () => {
  it('after this step stays, and is not tried', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    const theirs = services.state.issueRefreshToken().value;
    services.onRequest = ({ operation }, phase) => {
      if (operation !== 'endpoints.update' || phase !== 'answered') return;
      const later = new Date(Date.parse(storedOnOf(issuer)) + 1000).toISOString();
      endpoint.data = { ...endpoint.data, refreshTokenStoredOn: later };
      endpoint.parameters = { ...endpoint.parameters, RefreshToken: theirs };
    };
    const stage = await issuer.renew();
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.match(stage.log.join('\n'), /Another renewal stored a refresh token of its own after this step/);
    assert.equal(issuer.refreshToken, theirs);
    assert.equal(stage.outputs.expiresOn, new Date(Date.parse(storedOnOf(issuer)) + 90 * day).toISOString());
    assert.equal(stage.requests.filter(({ operation }) => operation === 'entra.token').length, 1);
  });
});

describe('storing: a write', () => {
  it('that is answered with what was stored before is read back, and is not repeated where it was done', async () => {
    const issuer = new StoredIssuer();
    const { refreshToken, endpoint } = issuer;
    const stale = structuredClone(endpoint.data);
    const mutate = (body: object) => ({ ...body, data: stale });
    const stage = await issuer.renew({}, { operation: 'endpoints.update', answer: { mutate } });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.equal(writes(stage), 1);
    assert.notEqual(issuer.refreshToken, refreshToken);
    assert.ok(issuer.works);
  });

  it('that failed is not repeated over a token that another renewal stored later', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    const theirs = services.state.issueRefreshToken().value;
    services.onRequest = ({ operation }, phase) => {
      if (operation !== 'endpoints.update' || phase !== 'arrived') return;
      const later = new Date(services.state.clock.now() + 60_000).toISOString();
      endpoint.data = { ...endpoint.data, refreshTokenStoredOn: later };
      endpoint.parameters = { ...endpoint.parameters, RefreshToken: theirs };
    };
    const stage = await issuer.renew({}, { operation: 'endpoints.update', answer: { status: 503 } });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.match(stage.log.join('\n'), /Another renewal stored a refresh token of its own after this step/);
    assert.equal(writes(stage), 1);
    assert.equal(issuer.refreshToken, theirs);
  });

  it('that lost a field is a failure that says how many', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    services.onRequest = ({ operation }, phase) => {
      if (operation === 'endpoints.update' && phase === 'answered') delete endpoint.parameters.clientSecret;
    };
    const stage = await issuer.renew();
    assert.match(stage.message ?? '', /It has lost fields: 1\..*\(renewal-failed\)$/);
  });

  it('of a connection that was disabled meanwhile is a failure', async () => {
    const issuer = new StoredIssuer();
    const { services, endpoint } = issuer;
    services.onRequest = ({ operation }, phase) => {
      if (operation === 'endpoints.update' && phase === 'answered') endpoint.isDisabled = true;
    };
    const stage = await issuer.renew();
    assert.match(stage.message ?? '', /It is disabled or not ready now\..*\(renewal-failed\)$/);
  });
});
