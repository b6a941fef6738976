import assert from 'node:assert/strict';
import type { FaultAnswer } from '../../dev/emulator';
import { accessTokenInputs, runTask } from '../support/job-in-process';

const page = { status: 200, contentType: 'text/html', body: '<html><body>Please wait</body></html>' };

/** The request for a token ends so that it stays unknown whether there is one. */
const endings: [what: string, answer: FaultAnswer, isMade: boolean][] = [
  ['the token is made, and the answer is 503 after a while', { status: 503 }, true],
  ['the token is made, and the answer is cut off', { truncate: true }, true],
  ['the token is made, and a page comes instead', page, true],
  ['the token is made, and the answer has no end', { enormousBytes: 3_000_000 }, true],
  ['no token is made, and the connection breaks', { reset: true }, false],
  ['no token is made, and the answer is 502', { status: 502 }, false],
  ['no token is made, and a page comes instead', page, false],
];

describe('a request for a token whose outcome is unknown', () => {
  for (const [what, answer, isMade] of endings) {
    it(`is made once more, and one token is alive during the job: ${what}`, async () => {
      const outcome = await runTask({
        inputs: accessTokenInputs(),
        faults: [{ operation: 'pats.create', when: isMade ? 'after' : 'before', answer }],
      });
      assert.equal(outcome.job.result, 'Succeeded');
      const found = isMade ? ['pats.revoke'] : [];
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.list', ...found, 'pats.create', 'pools.list']);
      assert.equal(outcome.made.length, isMade ? 2 : 1);
      assert.deepEqual(outcome.activeAfterMain, outcome.made.slice(-1));
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, outcome.made.at(-1)?.token);
      assert.deepEqual(outcome.activeAfterJob, []);
    });
  }
});
