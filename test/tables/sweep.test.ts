import assert from 'node:assert/strict';
import { misbehaviourOf } from './fault-checks';
import { type AskedBySweep, sweepUnderFault } from './sweep-under-fault';
import { readTable } from './table';

/** Older than what is taken for a leftover by its age alone, and younger. */
const [old, young] = [180, 10];

const operations: Record<string, AskedBySweep> = {
  'sign in': { operation: 'entra.token', signsIn: true, ages: [old] },
  list: { operation: 'pats.list', ages: [old] },
  'read the run': { operation: 'timelines.get', ages: [old, young] },
  'look up an id': { operation: 'pats.get', byId: true, ages: [young] },
  revoke: { operation: 'pats.revoke', ages: [young] },
};

/**
 * How the sweep ends, and how often it asks. A run that cannot be read is no failure: then the age of a token decides.
 * A dash stands where another column or line shows the same.
 */
const table = readTable(`
| While it lasts, the service answers | sign in                   | list                  | read the run           | look up an id      | revoke                |
|-------------------------------------|---------------------------|-----------------------|------------------------|--------------------|-----------------------|
| 400, wrapped                        | –                         | revoke-failed ×1      | –                      | revoke-failed ×1   | revoke-failed ×1      |
| 401                                 | –                         | –                     | succeeds ×1            | –                  | –                     |
| 403, wrapped                        | –                         | revoke-failed ×1      | succeeds ×1            | –                  | revoke-failed ×1      |
| 404                                 | –                         | –                     | succeeds ×1            | –                  | –                     |
| 429                                 | throttled ×4              | revoke-failed ×4      | succeeds ×4            | revoke-failed ×4   | revoke-failed ×4      |
| 429 once, Retry-After 5             | –                         | succeeds ×2 after 5 s | succeeds ×2 after 5 s  | –                  | succeeds ×2 after 5 s |
| 429, Retry-After 90                 | –                         | revoke-failed ×1      | succeeds ×1            | –                  | revoke-failed ×1      |
| 500                                 | network ×4                | revoke-failed ×4      | succeeds ×4            | revoke-failed ×4   | revoke-failed ×4      |
| 500 once, though it was done        | –                         | –                     | –                      | –                  | succeeds ×2           |
| 203, a page                         | –                         | –                     | succeeds ×1            | –                  | –                     |
| 302 to another host                 | –                         | revoke-failed ×1      | succeeds ×1            | –                  | revoke-failed ×1      |
| 200, a page                         | –                         | revoke-failed ×1      | –                      | –                  | revoke-failed ×1      |
| 200, half a text                    | –                         | revoke-failed ×1      | succeeds ×1            | revoke-failed ×1   | revoke-failed ×1      |
| 200, cut off                        | –                         | –                     | succeeds ×4            | –                  | –                     |
| 200, enormous                       | –                         | revoke-failed ×1      | succeeds ×1            | –                  | –                     |
| right, behind a byte order mark     | –                         | succeeds ×1           | succeeds ×1            | succeeds ×1        | –                     |
| right, Retry-After 5                | –                         | succeeds ×1 after 5 s | –                      | –                  | –                     |
| no answer                           | timed-out ×4              | revoke-failed ×4      | succeeds ×4            | –                  | revoke-failed ×4      |
| reset                               | –                         | revoke-failed ×4      | succeeds ×4            | –                  | revoke-failed ×4      |
| the same page again                 | –                         | revoke-failed ×2      | –                      | –                  | –                     |
| gone, 500, wrapped                  | –                         | –                     | –                      | –                  | succeeds ×1           |
`);

describe('a sweep, where a service misbehaves', () => {
  for (const { operation, fault, expected, text } of table) {
    it(`when it is to ${operation}, with ${fault}: ${text}`, async () => {
      const asked = operations[operation] ?? assert.fail(operation);
      const left = await sweepUnderFault(asked, misbehaviourOf(fault), expected);
      // The young one is left to the next sweep where it is unknown whether its job has ended.
      const isUnread = operation === 'read the run' && !/once|right/.test(fault);
      if (expected.ends === 'succeeds') assert.equal(left, isUnread ? 1 : 0);
    });
  }
});
