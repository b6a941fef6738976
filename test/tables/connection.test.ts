import assert from 'node:assert/strict';
import { assertNothingSent } from '../support/expect';
import { type Outcome, type Plan, runTasks } from '../support/job-in-process';

const invalid: Record<string, Plan> = {
  'tenantId: missing': { connection: { data: { tenantId: undefined } } },
  'tenantId: common': { connection: { data: { tenantId: 'common' } } },
  'tenantId: organizations': { connection: { data: { tenantId: 'organizations' } } },
  'tenantId: a path': { connection: { data: { tenantId: 'fabrikam.example/../contoso.example' } } },
  'clientId: missing': { connection: { data: { clientId: undefined } } },
  'clientId: a name': { connection: { data: { clientId: 'Agent pool issuer' } } },
  'clientSecret: two words': { connection: { secrets: { clientSecret: 'not one but many words' } } },
  'refreshToken: missing': { connection: { secrets: { refreshToken: undefined } } },
  'refreshToken: empty': { connection: { secrets: { refreshToken: '' } } },
  'refreshToken: too short': { connection: { secrets: { refreshToken: 'tooshort' } } },
  'refreshToken: two lines': {
    connection: { secrets: { refreshToken: 'first-line-of-a-long-token\nsecond-line-of-a-long-token' } },
  },
  'allowedScopes: one that does not exist': { connection: { data: { allowedScopes: 'agentPool, everything' } } },
  'maxLifetimeMinutes: a word': { connection: { data: { maxLifetimeMinutes: 'long' } } },
  'maxLifetimeMinutes: zero': { connection: { data: { maxLifetimeMinutes: '0' } } },
  'maxLifetimeMinutes: half a minute': { connection: { data: { maxLifetimeMinutes: '0.5' } } },
};

const beyond: Record<string, Plan> = {
  'scope deploymentGroup, which no connection allows by default': { inputs: { scope: 'deploymentGroup' } },
  'scope environment, which no connection allows by default': { inputs: { scope: 'environment' } },
  'scope agentPool, which is not on the list': { connection: { data: { allowedScopes: 'environment' } } },
  'lifetimeMinutes 31 of 30': {
    inputs: { lifetimeMinutes: '31' },
    connection: { data: { maxLifetimeMinutes: '30' } },
  },
  'lifetimeMinutes left at its default of 60, of 30': { connection: { data: { maxLifetimeMinutes: '30' } } },
};

describe('a service connection', () => {
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks({ ...invalid, ...beyond });
  });

  const outcomeOf = (name: string): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  for (const name of Object.keys(invalid)) {
    it(`is refused before anything is sent, with ${name}`, () => {
      assertNothingSent(outcomeOf(name), 'connection-invalid', name.split(':')[0] ?? '', 'connection');
    });
  }

  for (const name of Object.keys(beyond)) {
    it(`has a limit that a pipeline cannot exceed: ${name}`, () => {
      assertNothingSent(outcomeOf(name), 'limit-exceeded', name.split(' ')[0] ?? '', 'connection');
    });
  }

  it('shows both numbers of an exceeded limit', () => {
    assert.match(outcomeOf('lifetimeMinutes 31 of 30').main.message ?? '', /31.*30/);
    assert.match(outcomeOf('lifetimeMinutes left at its default of 60, of 30').main.message ?? '', /60.*30/);
  });
});
