import assert from 'node:assert/strict';
import type { Operation } from '../../dev/emulator';
import { StoredIssuer } from '../support/renewal-in-process';
import { faultOf, misbehaviourOf } from './fault-checks';

/** Milliseconds; the last request may still be under way when the budget ends. */
const longest = 181_000;

/** Each request of a renewal: its operation, and how many of that come first. */
const requests: [operation: Operation, skip: number][] = [
  ['endpoints.get', 0],
  ['permissions.has', 0],
  ['entra.token', 0],
  ['endpoints.update', 0],
  ['endpoints.get', 1],
  ['entra.token', 1],
];

const endings = `
| fault | read | permission | sign in | write | read back | prove |
|---|---|---|---|---|---|---|
| 401 | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 403, wrapped | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 404 | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 429 | throttled | throttled | throttled | renewal-failed | renewal-failed | renewal-failed |
| 429 once, Retry-After 5 | succeeds | succeeds | succeeds | succeeds | succeeds | succeeds |
| 429, Retry-After 90 | throttled | throttled | throttled | renewal-failed | renewal-failed | renewal-failed |
| 500 | network | network | network | renewal-failed | renewal-failed | renewal-failed |
| 500 once | succeeds | succeeds | succeeds | succeeds | succeeds | succeeds |
| 500, though it was done | network | network | network | succeeds | renewal-failed | renewal-failed |
| 203, a page | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 302 to another host | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 200, a page | renewal-refused | renewal-refused | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 200, empty | response-malformed | response-malformed | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 200, other JSON | response-malformed | response-malformed | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| 200, cut off | network | network | network | succeeds | renewal-failed | renewal-failed |
| 200, enormous | response-malformed | response-malformed | response-malformed | renewal-failed | renewal-failed | renewal-failed |
| done, 200 | response-malformed | response-malformed | response-malformed | succeeds | renewal-failed | renewal-failed |
| no answer | timed-out | timed-out | timed-out | renewal-failed | renewal-failed | renewal-failed |
| no answer once, though it was done | succeeds | succeeds | succeeds | succeeds | succeeds | succeeds |
| reset | network | network | network | renewal-failed | renewal-failed | renewal-failed |
| reset, though it was done | network | network | network | succeeds | renewal-failed | renewal-failed |
| right, Retry-After 3600 | throttled | throttled | renewal-failed | renewal-failed | renewal-failed | succeeds |
| right, behind a byte order mark | succeeds | succeeds | succeeds | succeeds | succeeds | succeeds |
`;

const rows = endings
  .trim()
  .split('\n')
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('a renewal under faults', () => {
  for (const [name = '', ...cells] of rows) {
    it(`ends as the table says, and leaves an issuer that works: ${name}`, async () => {
      for (const [index, [operation, skip]] of requests.entries()) {
        const issuer = new StoredIssuer();
        const { services, clientSecret, endpoint } = issuer;
        const before = structuredClone(endpoint);
        const fault = faultOf(misbehaviourOf(name), operation, services.state.clock.now());
        const stage = await issuer.renew({}, { ...fault, skip });
        const where = `${operation} ${skip + 1}: ${stage.message}`;
        assert.equal(/\(([a-z-]+)\)$/.exec(stage.message ?? '')?.[1] ?? 'succeeds', cells[index], where);
        assert.equal(stage.outputs.renewed, String(cells[index] === 'succeeds'), where);
        assert.ok(stage.milliseconds <= longest, `${where} ${stage.milliseconds} ms`);
        assert.ok(issuer.works, `what is stored does not work: ${where}`);
        assert.equal(issuer.clientSecret, clientSecret, where);
        const { refreshTokenStoredOn: _, ...data } = endpoint.data;
        const { refreshTokenStoredOn: __, ...dataBefore } = before.data;
        assert.deepEqual([data, endpoint.url, endpoint.projects], [dataBefore, before.url, before.projects], where);
      }
    });
  }
});
