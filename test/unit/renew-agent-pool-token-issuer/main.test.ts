import assert from 'node:assert/strict';
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
