import assert from 'node:assert/strict';
import { accessTokenInputs } from '../support/job-in-process';
import { misbehaviourOf } from './fault-checks';
import { type Asked, runUnderFault } from './job-under-fault';
import { readTable } from './table';

const inputs = accessTokenInputs();

const operations: Record<string, Asked> = {
  'sign in': { operation: 'entra.token', stage: 'main' },
  create: { operation: 'pats.create', stage: 'main', inputs },
  probe: { operation: 'pools.list', stage: 'main', inputs },
};

/** How main ends, and how often it asks. A dash stands where another column or line shows the same. */
const table = readTable(`
| While main lasts, the service answers   | sign in                | create                  | probe                    |
|-----------------------------------------|------------------------|-------------------------|--------------------------|
| 400                                     | response-malformed ×1  | pat-refused ×1          | token-not-accepted ×1    |
| 400, wrapped                            | –                      | pat-refused ×1          | –                        |
| 400, wrapped, behind a byte order mark  | –                      | pat-refused ×1          | –                        |
| 401                                     | –                      | not-signed-in ×1        | token-not-accepted ×2-20 |
| 401, wrapped                            | –                      | not-signed-in ×1        | –                        |
| 401, wants other claims                 | –                      | sign-in-interaction-required ×1 | –                        |
| 403                                     | –                      | pat-refused ×1          | –                        |
| 403, wrapped                            | –                      | pat-refused ×1          | token-not-accepted ×1    |
| 403, a page                             | response-malformed ×1  | pat-refused ×1          | –                        |
| 404                                     | –                      | pat-refused ×1          | token-not-accepted ×1    |
| 409, wrapped                            | –                      | pat-refused ×1          | –                        |
| 429                                     | throttled ×4           | throttled ×4            | throttled ×4             |
| 429, wrapped                            | –                      | throttled ×4            | –                        |
| 429 once, Retry-After 5                 | succeeds ×2 after 5 s  | succeeds ×2 after 5 s   | succeeds ×2 after 5 s    |
| 429 once, Retry-After a date            | –                      | succeeds ×2 after 8 s   | –                        |
| 429 once, Retry-After soon              | –                      | succeeds ×2             | –                        |
| 429, Retry-After 90                     | –                      | throttled ×1            | throttled ×1             |
| 500                                     | network ×4             | network ×2              | network ×4               |
| 500, wrapped                            | –                      | network ×2              | –                        |
| 500 once                                | succeeds ×2            | succeeds ×2             | succeeds ×2              |
| 500, though it was done                 | –                      | network ×2              | –                        |
| 500 once, though it was done            | –                      | succeeds ×2             | –                        |
| 505                                     | –                      | network ×2              | –                        |
| 502, a page                             | –                      | network ×2              | –                        |
| 503                                     | network ×4             | network ×2              | –                        |
| 503 once, Retry-After 5                 | –                      | succeeds ×2 after 5 s   | –                        |
| 504                                     | –                      | –                       | network ×4               |
| 203, a page                             | –                      | not-signed-in ×1        | –                        |
| 302 to another host                     | response-malformed ×1  | not-signed-in ×1        | token-not-accepted ×2-20 |
| 307 to another host                     | response-malformed ×1  | not-signed-in ×1        | –                        |
| 200, a page                             | response-malformed ×1  | response-malformed ×2   | token-not-accepted ×2-20 |
| 200, empty                              | response-malformed ×1  | response-malformed ×2   | –                        |
| 200, half a text                        | response-malformed ×1  | response-malformed ×2   | response-malformed ×1    |
| 200, no JSON                            | –                      | response-malformed ×2   | –                        |
| 200, other JSON                         | –                      | response-malformed ×2   | –                        |
| 200, cut off                            | network ×4             | network ×2              | network ×4               |
| 200, enormous                           | response-malformed ×1  | response-malformed ×2   | response-malformed ×1    |
| 204                                     | –                      | response-malformed ×2   | –                        |
| right, as text/html                     | –                      | succeeds ×1             | –                        |
| right, behind a byte order mark         | succeeds ×1            | succeeds ×1             | –                        |
| right, head in 10 s                     | –                      | succeeds ×1             | –                        |
| right, body in 10 s                     | –                      | succeeds ×1             | succeeds ×1              |
| right, Retry-After 5                    | succeeds ×1 after 5 s  | succeeds ×1 after 5 s   | –                        |
| right, Retry-After 3600                 | throttled ×1           | throttled ×1            | succeeds ×1              |
| head in 100 s                           | timed-out ×3-4         | timed-out ×2            | –                        |
| body in 100 s                           | –                      | timed-out ×2            | timed-out ×3-4           |
| no answer                               | timed-out ×3-4         | timed-out ×2            | timed-out ×3-4           |
| no answer once, though it was done      | –                      | succeeds ×2             | –                        |
| reset                                   | network ×4             | network ×2              | network ×4               |
| reset, though it was done               | –                      | network ×2              | –                        |
| reset once, though it was done          | succeeds ×2            | succeeds ×2             | –                        |
`);

describe('main, where a service misbehaves', () => {
  for (const { operation, fault, expected, text } of table) {
    it(`when it is to ${operation}, with ${fault}: ${text}`, async () => {
      const asked = operations[operation] ?? assert.fail(operation);
      await runUnderFault(asked, misbehaviourOf(fault), expected);
    });
  }
});
