import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isScopeName, scopeNames, scopes } from '../../../../src/azure-devops/tokens/scopes';

describe('scopes', () => {
  it('are the three of the scope input, as the service knows them', () => {
    assert.deepEqual(Object.fromEntries(scopeNames.map((name) => [name, scopes[name].vso])), {
      agentPool: 'vso.agentpools_manage',
      deploymentGroup: 'vso.machinegroup_manage',
      environment: 'vso.environment_manage',
    });
    for (const name of scopeNames) assert.match(scopes[name].title, /manage/);
  });

  it('are no other text, not even one that every object has', () => {
    for (const name of scopeNames) assert.equal(isScopeName(name), true);
    for (const text of ['', 'AgentPool', 'toString', '__proto__', 'constructor'])
      assert.equal(isScopeName(text), false);
    fc.assert(fc.property(fc.string(), (text) => isScopeName(text) === (scopeNames as string[]).includes(text)));
  });
});
