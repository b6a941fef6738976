import assert from 'node:assert/strict';
import type { Fault, FaultAnswer } from '../../dev/emulator';
import { assertRefused } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTask, runTasks } from '../support/job-in-process';

/** https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/create#sessiontokenerror */
const reasons: Record<string, string[]> = {
  'pat-creation-restricted': ['disablePatCreationPolicyViolation'],
  'pat-lifespan-policy': ['patLifespanPolicyViolation'],
  'pat-scope-policy': ['fullScopePatPolicyViolation'],
  'pat-global-policy': ['globalPatPolicyViolation', 'globalPATCreationBlocked'],
  'issuer-not-a-user': ['invalidUserType'],
};

/** One for each meaning; the others are tested where their meanings are written. */
const others = ['accessDenied', 'invalidClient', 'invalidAudience', 'invalidSourceIP', 'someReasonOfTheFuture'];

function createFault(answer: FaultAnswer, more: Partial<Fault> = {}): Plan {
  // Without a sign-in, which is another story.
  return { inputs: accessTokenInputs(), faults: [{ operation: 'pats.create', answer, ...more }] };
}

function reason(patTokenError: string, status = 200): Plan {
  return createFault({ status, body: JSON.stringify({ patToken: null, patTokenError, patTokenErrorMessage: 'No.' }) });
}

function envelope(status: number, message: string, typeKey: string): Plan {
  const typeName = `Microsoft.TeamFoundation.Framework.Server.${typeKey}, Microsoft.TeamFoundation.Framework.Server`;
  const body = { $id: '1', innerException: null, message, typeName, typeKey, errorCode: 0, eventId: 3000 };
  return createFault({ status, body: JSON.stringify(body) });
}

const page = { body: '<!DOCTYPE html><html><body>Sign in</body></html>', contentType: 'text/html; charset=utf-8' };

const elsewhere: Record<string, [code: string, says: string, plan: Plan]> = {
  'a policy, as 400': ['pat-creation-restricted', 'Restrict', reason('disablePatCreationPolicyViolation', 400)],
  'a policy, as 403': ['pat-creation-restricted', 'Restrict', reason('disablePatCreationPolicyViolation', 403)],
  'a policy, in Pascal case': ['pat-creation-restricted', 'Restrict', reason('DisablePatCreationPolicyViolation')],
  'a reason and no word more': [
    'pat-lifespan-policy',
    'lifetimeMinutes',
    createFault({ status: 200, body: '{"patTokenError":"patLifespanPolicyViolation"}' }),
  ],
  'an application that signed in': [
    'issuer-not-a-user',
    'Service principals are not allowed',
    envelope(403, 'Service principals are not allowed to perform this action.', 'InvalidAccessException'),
  ],
  'a token that is no Entra token': [
    'issuer-not-a-user',
    'not allowed',
    envelope(401, 'The requested operation is not allowed.', 'InvalidAccessException'),
  ],
  'a user who never signed in': [
    'not-signed-in',
    'TF401444',
    envelope(403, 'TF401444: Please sign-in at least once as pool-issuer.', 'AccessDeniedException'),
  ],
  'a user who is not authorized': [
    'not-signed-in',
    'TF400813',
    envelope(401, "TF400813: The user '' is not authorized to access this resource.", 'UnauthorizedRequestException'),
  ],
  'a conditional access policy of the organization': [
    'sign-in-interaction-required',
    'conditional access policy of the organization',
    envelope(403, 'VS403463: The conditional access policy has failed.', 'AccessCheckException'),
  ],
  'an organization that was renamed': [
    'pat-refused',
    'which may have been renamed',
    envelope(404, 'TF400016: The organization has been renamed or moved.', 'OrganizationRenamedException'),
  ],
  'an organization that is gone': [
    'pat-refused',
    'which may have been renamed',
    envelope(404, 'VS800075: It is not here.', 'HostDoesNotExistException'),
  ],
  'a body that it cannot read': [
    'pat-refused',
    'TF400898',
    envelope(400, 'TF400898: An Internal Error Occurred. Activity Id: 1.', 'JsonReaderException'),
  ],
  'some 409': ['pat-refused', 'It is Sunday', envelope(409, 'It is Sunday.', 'SundayException')],
  'a bare 401': ['not-signed-in', '401', createFault({ status: 401 })],
  'a sign-in page, as 203': ['not-signed-in', '203', createFault({ status: 203, ...page })],
  'a byte order mark': [
    'pat-global-policy',
    'globalPatPolicyViolation',
    createFault({ status: 400, bom: true, body: '{"patTokenError":"globalPatPolicyViolation"}' }),
  ],
};

describe('a token that the service refuses to make', () => {
  let outcomes: Record<string, Outcome>;

  before(async () => {
    const known = Object.values(reasons).flat();
    outcomes = await runTasks({
      ...Object.fromEntries([...known, ...others].map((name) => [name, reason(name)])),
      ...Object.fromEntries(Object.entries(elsewhere).map(([name, [, , plan]]) => [name, plan])),
    });
  });

  const outcomeOf = (name: string): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  for (const [code, names] of Object.entries(reasons)) {
    for (const name of names) {
      it(`as ${name} ends the step with ${code}`, () => {
        assertRefused(outcomeOf(name), code, name);
        assert.deepEqual(outcomeOf(name).mainRequests, ['pats.create']);
      });
    }
  }

  for (const name of others) {
    it(`as ${name} ends the step, and its name is shown`, () => {
      assertRefused(outcomeOf(name), '(pat-refused|not-signed-in|sign-in-app-misconfigured|issuer-not-a-user)', name);
      assert.deepEqual(outcomeOf(name).mainRequests, ['pats.create']);
    });
  }

  it('for an unknown reason is pat-refused, with the service’s own words', () => {
    assertRefused(outcomeOf('someReasonOfTheFuture'), 'pat-refused', 'someReasonOfTheFuture', 'No.');
  });

  for (const [name, [code, says]] of Object.entries(elsewhere)) {
    it(`with ${name} ends the step with ${code}`, () => {
      const { main, mainRequests, activeAfterJob } = outcomeOf(name);
      assert.equal(main.result, 'Failed');
      assert.match(main.message ?? '', new RegExp(`\\(${code}\\)$`));
      assert.ok(main.message?.includes(says), main.message);
      assert.deepEqual(mainRequests, ['pats.create']);
      assert.deepEqual(activeAfterJob, []);
    });
  }

  it('leaves nothing to do for the post-job, where the service itself refused', () => {
    for (const name of ['a policy, as 403', 'an application that signed in', 'a bare 401', 'a sign-in page, as 203']) {
      const [code = '', says = ''] = elsewhere[name] ?? [];
      assertRefused(outcomeOf(name), code, says);
    }
  });

  describe('because of a policy of the organization', () => {
    it('that restricts who may create tokens', async () => {
      const outcome = await runTask(({ state }) => {
        state.policies.restrictPatCreation = true;
        return {};
      });
      assertRefused(outcome, 'pat-creation-restricted');
      assert.deepEqual(outcome.mainRequests, ['entra.token', 'pats.create']);
    });

    it('that refuses long lifetimes', async () => {
      const outcome = await runTask(({ state }) => {
        Object.assign(state.policies, { maximumLifespanMinutes: 30, lifespan: 'refuse' });
        return {};
      });
      assertRefused(outcome, 'pat-lifespan-policy', 'lifetimeMinutes');
    });

    it('that forbids tokens for all organizations or of full scope does no harm', async () => {
      const { job, main } = await runTask(({ state }) => {
        Object.assign(state.policies, { restrictGlobalPats: true, restrictFullScopePats: true });
        return {};
      });
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(main.issues, []);
    });
  });
});
