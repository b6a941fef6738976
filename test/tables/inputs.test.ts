import assert from 'node:assert/strict';
import { assertNothingSent } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTasks } from '../support/job-in-process';

interface Case {
  /** What the message names. */
  says: (string | RegExp)[];
  code?: string;
  run: Plan;
}

const inputs = (values: Record<string, string>): Plan => ({ inputs: values });
const user = (values: Record<string, string>): Plan => ({ inputs: accessTokenInputs(values) });

const secretly: Plan = {
  inputs: accessTokenInputs({ accessToken: '$(SHORT)' }),
  options: { secretVariables: { SHORT: 'too short a token' } },
};

const cases: Record<string, Case> = {
  'a connection type that does not exist': {
    says: ['connectionType', 'password'],
    run: inputs({ connectionType: 'password' }),
  },
  'a connection type in another case': { says: ['connectionType'], run: inputs({ connectionType: 'AccessToken' }) },
  'no connection': { says: ['issuer'], run: inputs({ connectionType: 'issuer' }) },
  'no access token': { says: ['accessToken'], run: user({ accessToken: '' }) },
  'a variable that is not set as access token': {
    says: ['accessToken', '$('],
    run: user({ accessToken: '$(NOWHERE)' }),
  },
  'an access token that is none': { says: ['accessToken'], run: secretly },
  'a scope that does not exist': { says: ['scope', 'vso.code_full'], run: inputs({ scope: 'vso.code_full' }) },
  'a scope in another case': { says: ['scope', 'AgentPool'], run: inputs({ scope: 'AgentPool' }) },
  'the name of a method as scope': { says: ['scope', 'constructor'], run: inputs({ scope: 'constructor' }) },
  'a pool with a control character': { says: ['pool'], run: inputs({ pool: 'Build\u0007Linux' }) },
  'a pool with too long a name': { says: ['pool'], run: inputs({ pool: 'p'.repeat(257) }) },
  'a pool that is not set': { says: ['pool', '$(Pool)'], run: inputs({ pool: '$(Pool)' }) },
  'a choice after a failure that does not exist': {
    says: ['onRevokeFailure', 'ignore'],
    run: inputs({ onRevokeFailure: 'ignore' }),
  },
  ...fromList('lifetimeMinutes', ['4', '1441', '60.5', '$(minutes)']),
  ...fromList('variable', [
    '9LIVES',
    'a;isoutput=true',
    'a]##vso[task.debug]',
    'Path',
    'EXPIRESON',
    'System.AccessToken',
  ]),
  ...fromList('revokeAfterJob', ['yes', '$(revoke)']),
  'a pool for a token that manages deployment groups': {
    says: ['pool', 'no effect'],
    run: {
      inputs: { scope: 'deploymentGroup', pool: 'Default' },
      connection: { data: { allowedScopes: 'agentPool,deploymentGroup' } },
    },
  },
  'another organization than that of the connection': {
    says: ['organizationUrl', 'contoso'],
    run: ({ url }) => ({ inputs: { organizationUrl: `${url}/contoso` } }),
  },
};

function fromList(name: string, values: string[]): Record<string, Case> {
  return Object.fromEntries(
    values.map((value) => [`${name}: ${value.slice(0, 40)}`, { says: [name], run: inputs({ [name]: value }) }]),
  );
}

describe('an input that is not valid', () => {
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks(Object.fromEntries(Object.entries(cases).map(([name, { run }]) => [name, run])));
  });

  for (const [name, { says, code = 'input-invalid' }] of Object.entries(cases)) {
    it(`is refused before anything is sent: ${name}`, () => {
      const outcome = outcomes[name];
      assert.ok(outcome);
      assertNothingSent(outcome, code, ...says);
    });
  }
});
