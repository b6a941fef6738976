import assert from 'node:assert/strict';
import { readLimits } from '../../../src/sign-in/limits';
import { InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { adasToken, FakePipeline } from '../../support/world';

function pipelineWith(data: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = { issuer: 'endpoint-1' };
  pipeline.connections = { 'endpoint-1': { url: 'https://dev.azure.com/fabrikam', data } };
  return pipeline;
}

function limits(data: Record<string, string>) {
  const pipeline = pipelineWith(data);
  const reader = new InputReader(pipeline);
  return { limits: readLimits(reader), problems: noted(reader) };
}

describe('limits', () => {
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

  it('reads both where they arrive as authorization parameters, as those of the federation scheme do', () => {
    const pipeline = pipelineWith({});
    Object.assign(pipeline.connections['endpoint-1'] ?? {}, {
      parameters: { allowedScopes: 'environment', maxLifetimeMinutes: '30' },
    });
    assert.deepEqual(readLimits(new InputReader(pipeline)), { allowedScopes: ['environment'], maxLifetimeMinutes: 30 });
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

  it('has none for an access token, also where a connection is left behind', () => {
    const pipeline = pipelineWith({ maxLifetimeMinutes: '5' });
    pipeline.inputs = { connectionType: 'accessToken', accessToken: adasToken, issuer: 'endpoint-1' };
    const reader = new InputReader(pipeline);
    assert.equal(readLimits(reader), undefined);
    assert.equal(noted(reader), '');
  });
});
