import assert from 'node:assert/strict';
import type { Fault, FaultAnswer, State } from '../../dev/emulator';
import { assertRefused } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTask, runTasks } from '../support/job-in-process';

/**
 * One number for each meaning; what each of the others means is tested where it is written.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const refusals: Record<string, number[]> = {
  'sign-in-expired': [700082, 50173],
  'sign-in-interaction-required': [50076, 53003],
  'sign-in-app-misconfigured': [65001, 700016, 7000215, 70011, 700213],
  'sign-in-rejected': [50057, 999999],
};

const passing = [90033];

function signInFault(answer: FaultAnswer, times = 1): Fault[] {
  return [{ operation: 'entra.token', times, answer }];
}

function answering(status: number, body: object): Plan {
  return { faults: signInFault({ status, body: JSON.stringify(body) }) };
}

/** What is wrong with the user or the app itself, and how Entra then really answers. */
const arrangements: Record<string, [code: string, arrange: (state: State) => void]> = {
  'a revoked refresh token': [
    'sign-in-expired',
    ({ refreshTokens }) => {
      for (const refreshToken of refreshTokens) refreshToken.revoked = true;
    },
  ],
  'an expired refresh token': ['sign-in-expired', ({ clock }) => clock.advance(91 * 24 * 60 * 60_000)],
  'an expired client secret': [
    'sign-in-app-misconfigured',
    ({ applications }) => {
      for (const application of applications) application.secretExpiresAt = 1;
    },
  ],
  'an app without the permissions': [
    'sign-in-app-misconfigured',
    ({ applications }) => {
      for (const application of applications) application.permissions = ['vso.pats'];
    },
  ],
};

function arranged(arrange: (state: State) => void): Plan {
  return ({ state }) => {
    arrange(state);
    return {};
  };
}

describe('a sign-in that Entra refuses', () => {
  let outcomes: Record<string, Outcome>;

  before(async () => {
    const numbers = Object.values(refusals).flat();
    outcomes = await runTasks({
      ...Object.fromEntries(numbers.map((aadsts) => [aadsts, { faults: signInFault({ aadsts }) }])),
      ...Object.fromEntries(passing.map((aadsts) => [aadsts, { faults: signInFault({ aadsts }, 4) }])),
      ...Object.fromEntries(Object.entries(arrangements).map(([name, [, arrange]]) => [name, arranged(arrange)])),
    });
  });

  const outcomeOf = (name: string | number): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  for (const [code, numbers] of Object.entries(refusals)) {
    for (const number of numbers) {
      it(`as AADSTS${number} ends the step with ${code}`, () => {
        const outcome = outcomeOf(number);
        assertRefused(outcome, code, `AADSTS${number}`, /trace id [0-9a-f-]{36}/i, /correlation id [0-9a-f-]{36}/i);
        assert.deepEqual(outcome.mainRequests, ['entra.token']);
      });
    }
  }

  for (const number of passing) {
    it(`as AADSTS${number}, which will pass, is tried four times`, () => {
      const outcome = outcomeOf(number);
      assertRefused(outcome, 'network', `AADSTS${number}`);
      assert.equal(outcome.mainRequests.length, 4);
    });
  }

  it('for a reason that has passed does no harm', async () => {
    const { job, mainRequests } = await runTask({
      faults: signInFault({ aadsts: 90033 }),
    });
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(mainRequests, ['entra.token', 'entra.token', 'pats.create', 'pools.list']);
  });

  for (const [name, [code]] of Object.entries(arrangements)) {
    it(`because of ${name} ends the step with ${code}`, () => {
      assertRefused(outcomeOf(name), code, 'AADSTS');
      assert.deepEqual(outcomeOf(name).mainRequests, ['entra.token']);
    });
  }

  for (const error of ['temporarily_unavailable', 'server_error']) {
    it(`as ${error} is tried four times`, async () => {
      const answer: FaultAnswer = { status: 400, body: JSON.stringify({ error, error_description: 'Try again.' }) };
      const outcome = await runTask({ faults: signInFault(answer, 4) });
      assertRefused(outcome, 'network');
      assert.equal(outcome.mainRequests.length, 4);
    });
  }

  it('shows a suberror', async () => {
    const outcome = await runTask({ faults: signInFault({ aadsts: 50076, suberror: 'basic_action', claims: '{}' }) });
    assertRefused(outcome, 'sign-in-interaction-required', 'basic_action');
  });

  it('without a number is shown by its name', async () => {
    const outcome = await runTask(answering(400, { error: 'slow_typist', error_description: 'Type faster.' }));
    assertRefused(outcome, 'sign-in-rejected', 'slow_typist', 'Type faster.');
  });

  it('with its number in the text alone is understood', async () => {
    const outcome = await runTask(answering(400, { error: 'invalid_grant', error_description: 'AADSTS700082: idle.' }));
    assertRefused(outcome, 'sign-in-expired', 'AADSTS700082');
  });

  it('with 401 for the app is understood', async () => {
    const outcome = await runTask({ faults: signInFault({ aadsts: 7000215, error: 'invalid_client' }) });
    assertRefused(outcome, 'sign-in-app-misconfigured', 'AADSTS7000215');
  });

  it('with a byte order mark is understood', async () => {
    const body = JSON.stringify({ error: 'invalid_grant', error_codes: [50173] });
    const outcome = await runTask({ faults: signInFault({ status: 400, body, bom: true }) });
    assertRefused(outcome, 'sign-in-expired', 'AADSTS50173');
  });
});

describe('a sign-in that is answered strangely', () => {
  const answers: Record<string, Plan> = {
    'an empty object': answering(200, {}),
    'a list': answering(200, []),
    'a number for a token': answering(200, { token_type: 'Bearer', access_token: 5 }),
    'an empty token': answering(200, { token_type: 'Bearer', access_token: '' }),
    'a token of two words': answering(200, {
      token_type: 'Bearer',
      access_token: 'this is not a token that anybody issued',
    }),
    'another kind of token': answering(200, { token_type: 'pop', access_token: 'x'.repeat(200) }),
  };
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks(answers);
  });

  for (const name of Object.keys(answers)) {
    it(`by ${name} ends the step with response-malformed`, () => {
      const outcome = outcomes[name];
      assert.ok(outcome);
      assertRefused(outcome, 'response-malformed', 'login.microsoftonline.com');
      assert.deepEqual(outcome.mainRequests, ['entra.token']);
    });
  }
});

describe('who signs in', () => {
  it('has to be a user: the token of an application is refused before it is sent', async () => {
    const outcome = await runTask((emulator) => ({
      inputs: accessTokenInputs({ accessToken: '$(APP_TOKEN)' }),
      options: { secretVariables: { APP_TOKEN: emulator.servicePrincipalAccessToken() } },
    }));
    assertRefused(outcome, 'issuer-not-a-user');
    assert.deepEqual(outcome.mainRequests, []);
  });

  it('has to be a member of the organization', async () => {
    const outcome = await runTask((emulator) => ({
      connection: { secrets: { refreshToken: emulator.state.issueRefreshToken({ user: 'outsider' }).value } },
    }));
    assertRefused(outcome, 'not-signed-in');
    assert.deepEqual(outcome.mainRequests, ['entra.token', 'pats.create']);
  });

  it('has to be signed in for tokens, with both permissions', async () => {
    const outcome = await runTask((emulator) => ({
      inputs: accessTokenInputs({ accessToken: '$(WEAK_TOKEN)' }),
      options: { secretVariables: { WEAK_TOKEN: emulator.userAccessToken({ scopes: ['vso.pats'] }) } },
    }));
    assertRefused(outcome, 'not-signed-in', 'TF400813');
  });

  it('has to be signed in still', async () => {
    const outcome = await runTask((emulator) => {
      const OLD_TOKEN = emulator.userAccessToken({ lifetimeMinutes: -1 });
      return {
        inputs: accessTokenInputs({ accessToken: '$(OLD_TOKEN)' }),
        options: { secretVariables: { OLD_TOKEN } },
      };
    });
    assertRefused(outcome, 'not-signed-in');
  });
});
