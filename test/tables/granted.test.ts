import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { accessTokenInputs, type Plan, runTask } from '../support/job-in-process';
import { noon } from '../support/world';
import { type Asked, runUnderFault } from './job-under-fault';

const create: Asked = { operation: 'pats.create', stage: 'main', inputs: accessTokenInputs() };

function inMinutes(minutes: number): string {
  return new Date(noon + minutes * 60_000).toISOString();
}

const [line1, line2] = ['Zk3xQ9vLw2TfRb7Yh5Nc8Md1', 'Pj6sGu4aEo0iXq7Wz2By9Vt5'];
const spaced = 'Hr5 tKq8 wXe2 pLz7 vNb3 mQc9 yRd4';
const tooLong = randomBytes(2049).toString('hex');
const notAscii = 'Ük8fWq3z-Öx7cVb2n-Äm5jHg9d';
const tooShort = 'Q7xW3kZ9vB2mN5cL8pR';

type Changes = Record<string, unknown>;

/** What the service answers about the token that it made, and how main ends: it revokes that token, and asks for no other. */
const final: [what: string, changes: Changes, ends: string, secrets?: Record<string, string>][] = [
  ['another scope', { scope: 'vso.code_full' }, 'granted-more-than-asked'],
  ['one scope more', { scope: 'vso.agentpools_manage vso.code' }, 'granted-more-than-asked'],
  ['full scope', { scope: 'app_token' }, 'granted-more-than-asked'],
  ['no scope', { scope: null }, 'granted-more-than-asked'],
  ['every organization', { targetAccounts: null }, 'granted-more-than-asked'],
  ['two organizations', { targetAccounts: [randomUUID(), randomUUID()] }, 'granted-more-than-asked'],
  ['no list of organizations', { targetAccounts: 'all' }, 'granted-more-than-asked'],
  ['an empty list of organizations', { targetAccounts: [] }, 'granted-more-than-asked'],
  ['an hour more', { validTo: inMinutes(120) }, 'granted-more-than-asked'],
  ['a year', { validTo: inMinutes(365 * 24 * 60) }, 'granted-more-than-asked'],
  ['no expiry', { validTo: null }, 'response-malformed'],
  ['an expiry that cannot be read', { validTo: 'next week' }, 'response-malformed'],
  ['another name', { displayName: 'somebody’s token' }, 'response-malformed'],
  ['a token of several words', { token: spaced }, 'response-malformed', { spaced }],
  ['a token of two lines', { token: `${line1}\n${line2}` }, 'response-malformed', { line1, line2 }],
  ['a token of two lines, as on Windows', { token: `${line1}\r\n${line2}` }, 'response-malformed', { line1, line2 }],
  ['a token that is not ASCII', { token: notAscii }, 'response-malformed', { notAscii }],
  ['a token that is too short', { token: tooShort }, 'response-malformed', { tooShort }],
  ['a token that is too long', { token: tooLong }, 'response-malformed', { tooLong }],
];

/** What the service leaves out: main looks for the token, revokes it and asks once more. */
const lacking: [lacks: string, changes: Changes][] = [
  ['the id', { authorizationId: null }],
  ['a readable id', { authorizationId: '17' }],
  ['the token itself', { token: null }],
  ['a readable token', { token: { value: 'x' } }],
  ['any character of a token', { token: '' }],
];

function telling(changes: Changes) {
  return { mutate: (json: { patToken: object }) => ({ ...json, patToken: { ...json.patToken, ...changes } }) };
}

describe('a token that was made', () => {
  for (const [what, changes, ends, secrets = {}] of final) {
    it(`with ${what}: ${ends}, and it is revoked at once`, async () => {
      const fault = { answer: telling(changes) };
      const { made, mainRequests, outputs } = await runUnderFault({ ...create, secrets }, fault, {
        ends,
        least: 1,
        most: 1,
      });
      assert.deepEqual(mainRequests, ['pats.create', 'pats.revoke']);
      assert.equal(made.length, 1);
      assert.deepEqual(outputs, {});
    });
  }

  for (const [lacks, changes] of lacking) {
    it(`without ${lacks}: succeeds with another, and it is revoked at once`, async () => {
      const fault = { answer: telling(changes), times: 1 };
      const { made, mainRequests } = await runUnderFault(create, fault, { ends: 'succeeds', least: 2, most: 2 });
      assert.deepEqual(mainRequests, ['pats.create', 'pats.list', 'pats.revoke', 'pats.create', 'pools.list']);
      assert.equal(made.length, 2);
    });
  }

  it('without the token itself, twice: response-malformed', async () => {
    const expected = { ends: 'response-malformed', least: 2, most: 2 };
    const { made } = await runUnderFault(create, { answer: telling({ token: null }) }, expected);
    assert.equal(made.length, 2);
  });

  it('for less time, as a policy clamps it: succeeds with a warning', async () => {
    const fault = { answer: telling({ validTo: inMinutes(20) }) };
    const expected = { ends: 'succeeds', least: 1, most: 1, warnings: [/A policy shortened the token/] };
    await runUnderFault(create, fault, expected);
  });
});

function accepting(changes: Changes): Plan {
  return { inputs: accessTokenInputs(), faults: [{ operation: 'pats.create', answer: telling(changes) }] };
}

describe('a lifetime that was granted', () => {
  for (const [minutes, words] of [
    [59, 'a minute less'],
    [61.5, 'a minute and a half more'],
  ] as const) {
    it(`or more by no more than clocks differ is accepted without a word: ${words}`, async () => {
      const { job, main } = await runTask(accepting({ validTo: inMinutes(minutes) }));
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(main.issues, []);
    });
  }

  it('may have any number of decimals', async () => {
    const { job, main, outputs } = await runTask(accepting({ validTo: inMinutes(60).replace(/\.\d+Z$/, '.1233333Z') }));
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(main.issues, []);
    assert.match(outputs.expiresOn ?? '', /\.123Z$/);
  });
});
