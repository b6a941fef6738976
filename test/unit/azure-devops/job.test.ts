import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { readJobIdentity } from '../../../src/azure-devops/job';
import { type ConnectionFields, FakePipeline, jobToken } from '../../support/world';

function jobWith(connection?: Partial<ConnectionFields>): FakePipeline {
  const pipeline = new FakePipeline();
  if (connection) {
    pipeline.connections.SYSTEMVSSCONNECTION = {
      url: 'https://dev.azure.com/fabrikam/',
      secrets: { AccessToken: jobToken },
      ...connection,
    };
  }
  return pipeline;
}

describe('job-identity', () => {
  it('is the organization and the token of the connection of the agent, masked and never shown', () => {
    const pipeline = jobWith({});
    const identity = readJobIdentity(pipeline);
    assert.equal(identity?.organization.url, 'https://dev.azure.com/fabrikam');
    assert.equal(identity?.token.reveal(), jobToken);
    assert.ok(!inspect(identity).includes(jobToken), 'the token is shown');
    assert.deepEqual(pipeline.events, [{ kind: 'mask', value: jobToken }]);
  });

  for (const url of ['https://fabrikam.visualstudio.com/', 'http://127.0.0.1:8080/fabrikam/']) {
    it(`is read also from ${url}`, () =>
      assert.equal(readJobIdentity(jobWith({ url }))?.organization.name, 'fabrikam'));
  }

  it('follows no variable', () => {
    const pipeline = jobWith({});
    for (const name of [
      'System.CollectionUri',
      'System.TeamFoundationCollectionUri',
      'System.TeamFoundationServerUri',
    ]) {
      pipeline.variables[name] = 'https://dev.azure.com/contoso/';
    }
    pipeline.variables['System.AccessToken'] = 'another-token-0123456789';
    const identity = readJobIdentity(pipeline);
    assert.equal(identity?.organization.name, 'fabrikam');
    assert.equal(identity?.token.reveal(), jobToken);
  });

  it('is unknown where the agent gives no connection, or one without a token', () => {
    assert.equal(readJobIdentity(jobWith()), undefined);
    assert.equal(readJobIdentity(jobWith({ secrets: {} })), undefined);
    assert.equal(readJobIdentity(jobWith({ secrets: { AccessToken: '' } })), undefined);
  });

  for (const url of [
    'https://tfs.contoso.example/tfs/DefaultCollection/',
    'http://dev.azure.com/fabrikam/',
    'https://dev.azure.com/',
    'https://dev.azure.com/fabrikam/project',
    'https://user:pw@dev.azure.com/fabrikam/',
    'nonsense',
  ]) {
    it(`is unknown in ${url}`, () => assert.equal(readJobIdentity(jobWith({ url })), undefined));
  }
});
