import { assertRefused } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { runTask } from '../support/job';

// A service that limits requests, does not answer or is out of order: each has its job in codes.test.ts, and a table in
// test/tables.
describe('an address where no server listens', () => {
  it('is reported with the code network', async () => {
    const outcome = await runTask({
      connection: { data: { authorityUrl: 'http://127.0.0.1:9' } },
      options: { processEnvironment: fastTime() },
    });
    assertRefused(outcome, 'network', '127.0.0.1:9');
  });
});
