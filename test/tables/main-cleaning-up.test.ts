import assert from 'node:assert/strict';
import { accessTokenInputs } from '../support/job-in-process';
import { misbehaviourOf } from './fault-checks';
import { type Asked, runUnderFault } from './job-under-fault';
import { readTable } from './table';

const inputs = accessTokenInputs();

interface Created {
  patToken: object;
}

const operations: Record<string, Asked> = {
  // The request for the token took effect, and its answer was lost.
  'look for it': {
    operation: 'pats.list',
    stage: 'main',
    inputs,
    faults: [{ operation: 'pats.create', when: 'after', answer: { reset: true } }],
    mayLeave: true,
  },
  'revoke it': {
    operation: 'pats.revoke',
    stage: 'main',
    inputs,
    faults: [
      {
        operation: 'pats.create',
        answer: { mutate: ({ patToken }: Created) => ({ patToken: { ...patToken, scope: 'app_token' } }) },
      },
    ],
    mayLeave: true,
  },
};

/**
 * How main ends that is to do away with its token, and how often it asks. It says what went wrong first, and leaves to
 * post what it could not do.
 */
const table = readTable(`
| While main lasts, the service answers | look for it           | revoke it                     |
|---------------------------------------|-----------------------|-------------------------------|
| 401                                   | network ×1            | granted-more-than-asked ×1    |
| 403, wrapped                          | network ×1            | granted-more-than-asked ×1    |
| 429                                   | network ×4            | granted-more-than-asked ×4    |
| 429 once, Retry-After 5               | succeeds ×2 after 5 s | –                             |
| 429, Retry-After 90                   | network ×1            | granted-more-than-asked ×1    |
| 500                                   | network ×4            | granted-more-than-asked ×4    |
| 302 to another host                   | network ×1            | granted-more-than-asked ×1    |
| 200, no JSON                          | network ×1            | granted-more-than-asked ×1    |
| 200, enormous                         | network ×1            | –                             |
| no answer                             | network ×3-4          | granted-more-than-asked ×3-4  |
| reset                                 | network ×4            | granted-more-than-asked ×4    |
| the same page again                   | network ×2            | –                             |
`);

describe('main that cleans up, where a service misbehaves', () => {
  for (const { operation, fault, expected, text } of table) {
    it(`when it is to ${operation}, with ${fault}: ${text}`, async () => {
      const asked = operations[operation] ?? assert.fail(operation);
      await runUnderFault(asked, misbehaviourOf(fault), expected);
    });
  }
});
