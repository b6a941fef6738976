import assert from 'node:assert/strict';
import { accessTokenInputs } from '../support/job-in-process';
import { misbehaviourOf } from './fault-checks';
import { type Asked, runUnderFault } from './job-under-fault';
import { readTable } from './table';

const inputs = accessTokenInputs();

const operations: Record<string, Asked> = {
  'sign in': { operation: 'entra.token', stage: 'post' },
  // Main neither learned the id of its token nor could look for it.
  list: {
    operation: 'pats.list',
    stage: 'post',
    inputs,
    faults: [
      { operation: 'pats.create', when: 'after', answer: { reset: true } },
      { operation: 'pats.list', times: Number.POSITIVE_INFINITY, answer: { status: 403 } },
    ],
    mainEnds: 'network',
  },
  revoke: { operation: 'pats.revoke', stage: 'post', inputs },
};

/**
 * How post-job ends, and how often it asks. The sweep after it revokes what it could not. A dash stands where
 * another column or line shows the same.
 */
const table = readTable(`
| While post-job lasts, the service answers | sign in          | list                    | revoke             |
|-------------------------------------------|------------------|-------------------------|--------------------|
| 400                                       | –                | revoke-failed ×1        | revoke-failed ×1   |
| 400, wrapped                              | –                | –                       | revoke-failed ×1   |
| 400, invalidAuthorizationId               | –                | –                       | revoke-failed ×1   |
| 200, accessDenied                         | –                | revoke-failed ×1        | –                  |
| 401                                       | –                | revoke-failed ×1        | –                  |
| 401, wrapped                              | –                | –                       | revoke-failed ×1   |
| 401, wants other claims                   | –                | –                       | revoke-failed ×1   |
| 403, wrapped                              | –                | revoke-failed ×1        | revoke-failed ×1   |
| 429                                       | revoke-failed ×4 | revoke-failed ×4        | revoke-failed ×4   |
| 429 once, Retry-After 5                   | –                | succeeds ×2 after 5 s   | succeeds ×2 after 5 s |
| 429 once, Retry-After a date              | –                | –                       | succeeds ×2 after 8 s |
| 429, Retry-After 90                       | –                | –                       | revoke-failed ×1   |
| 500                                       | revoke-failed ×4 | revoke-failed ×4        | revoke-failed ×4   |
| 500 once                                  | succeeds ×2      | –                       | –                  |
| 500 once, though it was done              | –                | succeeds ×2             | succeeds ×2        |
| 502, a page                               | –                | revoke-failed ×4        | –                  |
| 503                                       | –                | –                       | revoke-failed ×4   |
| 504                                       | –                | –                       | revoke-failed ×4   |
| 203, a page                               | –                | revoke-failed ×1        | revoke-failed ×1   |
| 302 to another host                       | –                | –                       | revoke-failed ×1   |
| 200, a page                               | –                | –                       | revoke-failed ×1   |
| 200, empty                                | –                | revoke-failed ×1        | –                  |
| 200, half a text                          | –                | revoke-failed ×1        | revoke-failed ×1   |
| 200, no JSON                              | –                | –                       | revoke-failed ×1   |
| 200, cut off                              | –                | revoke-failed ×4        | –                  |
| 200, enormous                             | –                | revoke-failed ×1        | revoke-failed ×1   |
| right, behind a byte order mark           | –                | succeeds ×1             | –                  |
| right, Retry-After 5                      | succeeds ×1 after 5 s | succeeds ×1 after 5 s | –               |
| right, Retry-After 3600                   | –                | succeeds ×1             | succeeds ×1        |
| head in 100 s                             | –                | –                       | revoke-failed ×2-3 |
| body in 100 s                             | –                | revoke-failed ×2-3      | –                  |
| no answer                                 | revoke-failed ×2-3 | revoke-failed ×2-3    | revoke-failed ×2-3 |
| no answer once, though it was done        | –                | –                       | succeeds ×2        |
| reset                                     | revoke-failed ×4 | revoke-failed ×4        | revoke-failed ×4   |
| reset, though it was done                 | –                | –                       | revoke-failed ×4   |
| reset once, though it was done            | –                | succeeds ×2             | succeeds ×2        |
| the same page again                       | –                | revoke-failed ×2        | –                  |
| done, 200                                 | –                | –                       | succeeds ×1        |
| done, 200 with a result                   | –                | –                       | succeeds ×1        |
| done, 204                                 | –                | –                       | succeeds ×1        |
| gone, 404                                 | –                | –                       | succeeds ×1        |
| gone, 404, wrapped                        | –                | –                       | succeeds ×1        |
| gone, 400, wrapped                        | –                | –                       | succeeds ×1        |
| gone, 500, wrapped                        | –                | –                       | succeeds ×1        |
| gone, wrapped, behind a byte order mark   | –                | –                       | succeeds ×1        |
| gone, 200, tokenNotFound                  | –                | –                       | succeeds ×1        |
| gone, 200, TokenNotFound                  | –                | –                       | succeeds ×1        |
| gone, 400, tokenNotFound                  | –                | –                       | succeeds ×1        |
| gone, 200, authorizationNotFound          | –                | –                       | succeeds ×1        |
`);

describe('post-job, where a service misbehaves', () => {
  for (const { operation, fault, expected, text } of table) {
    it(`when it is to ${operation}, with ${fault}: ${text}`, async () => {
      const asked = operations[operation] ?? assert.fail(operation);
      await runUnderFault(asked, misbehaviourOf(fault), expected);
    });
  }
});
