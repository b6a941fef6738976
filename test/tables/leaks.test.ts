import assert from 'node:assert/strict';
import type { State } from '../../dev/emulator';
import { asReason, echo, inEntraWords, inEnvelope, padded } from '../support/echoing-services';
import { assertFails, assertRefused } from '../support/expect';
import { accessTokenInputs, runTask } from '../support/job-in-process';

/** Each of these is also in test/jobs, with the packaged task, for one secret and one place. */
describe('no secret leaks', () => {
  describe('when Entra repeats in its refusal', () => {
    const parts: Record<string, (state: State) => string> = {
      'the refresh token': ({ refreshTokens }) => refreshTokens[0]?.value ?? '',
      'the client secret': ({ applications }) => applications[0]?.clientSecret ?? '',
    };
    for (const [name, part] of Object.entries(parts)) {
      for (const upTo of [0, 250]) {
        it(`${name}, from character ${upTo}`, async () => {
          const outcome = await runTask(({ state }) => ({
            faults: [echo('entra.token', 400, inEntraWords, padded(part(state), upTo))],
          }));
          assertRefused(outcome, 'sign-in-rejected', 'AADSTS999998');
        });
      }

      it(`${name}, URL-encoded`, async () => {
        const outcome = await runTask(({ state }) => ({
          faults: [echo('entra.token', 400, inEntraWords, encodeURIComponent(part(state)))],
        }));
        assertRefused(outcome, 'sign-in-rejected');
      });

      it(`${name}, in every other field`, async () => {
        const outcome = await runTask(({ state }) => {
          const text = part(state);
          const body = JSON.stringify({ error: text, suberror: text, trace_id: text, correlation_id: text });
          return { faults: [{ operation: 'entra.token', answer: { status: 400, body } }] };
        });
        assertRefused(outcome, 'sign-in-rejected');
      });
    }
  });

  describe('when the token API repeats the access token', () => {
    const words = { envelope: inEnvelope, reason: asReason };
    for (const [name, body] of Object.entries(words)) {
      for (const upTo of [0, 250]) {
        it(`in its ${name}, from character ${upTo}`, async () => {
          const outcome = await runTask((emulator) => {
            const token = emulator.userAccessToken();
            const status = name === 'envelope' ? 403 : 200;
            return {
              inputs: accessTokenInputs({ accessToken: '$(TOKEN)' }),
              faults: [echo('pats.create', status, body, padded(token, upTo))],
              options: { secretVariables: { TOKEN: token } },
            };
          });
          assertFails(outcome.main, 'pat-refused');
        });
      }
    }

    it('in a header', async () => {
      const outcome = await runTask((emulator) => {
        const token = emulator.userAccessToken();
        const headers = { 'X-TFS-ServiceError': encodeURIComponent(`No: ${token}`) };
        return {
          inputs: accessTokenInputs({ accessToken: '$(TOKEN)' }),
          faults: [{ operation: 'pats.create', answer: { status: 403, headers } }],
          options: { secretVariables: { TOKEN: token } },
        };
      });
      assertFails(outcome.main, 'pat-refused');
    });
  });

  describe('when a service repeats the new token', () => {
    for (const upTo of [0, 250]) {
      it(`in a refusal to read pools, from character ${upTo}`, async () => {
        const outcome = await runTask(({ state }) => ({
          inputs: accessTokenInputs(),
          faults: [
            {
              operation: 'pools.list',
              answer: { mutate: () => ({ message: padded(state.pats[0]?.token ?? '', upTo) }) },
            },
          ],
        }));
        assertRefused(outcome, 'response-malformed');
      });

      it(`in a refusal to make it, from character ${upTo}`, async () => {
        const outcome = await runTask(({ state }) => ({
          inputs: accessTokenInputs(),
          faults: [
            {
              operation: 'pats.create',
              answer: {
                mutate: () => {
                  const text = padded(state.pats[0]?.token ?? '', upTo);
                  return asReason(text);
                },
              },
            },
          ],
        }));
        assert.equal(outcome.main.result, 'Failed');
      });
    }

    it('as the name, the scope and the expiry of the token', async () => {
      for (const field of ['displayName', 'scope', 'validTo', 'targetAccounts']) {
        const outcome = await runTask({
          inputs: accessTokenInputs(),
          faults: [
            {
              operation: 'pats.create',
              answer: {
                mutate: (json: { patToken: { token: string } }) => ({
                  ...json,
                  patToken: { ...json.patToken, [field]: json.patToken.token },
                }),
              },
            },
          ],
        });
        assert.equal(outcome.main.result, 'Failed');
        assert.deepEqual(outcome.activeAfterMain, []);
      }
    });
  });
});
