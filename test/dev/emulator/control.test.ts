import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { call, createPat, pats } from './calls';

describe('steering the emulator from another process', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const control = (path: string, body?: unknown) =>
    call(`${emulator.url}/_emulator/${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });

  it('moves the clock', async () => {
    const before = emulator.state.clock.now();
    const { status, json } = await control('clock', { advanceMinutes: 90 });
    assert.equal(status, 200);
    assert.ok(Date.parse(json.now) - before >= 90 * 60_000);
    assert.equal((await control('clock', {})).status, 400);
  });

  it('lists requests without headers and bodies, itself not among them', async () => {
    const { token } = await createPat(emulator);
    await control('tokens');
    const { json, text } = await control('requests');
    assert.deepEqual(
      json.map(({ operation, status }: { operation: string; status: number }) => [operation, status]),
      [['pats.create', 200]],
    );
    assert.ok(!text.includes(token) && !text.includes('Bearer'));
    assert.equal(emulator.requests.length, 1);
  });

  it('lists tokens without their values', async () => {
    const { authorizationId, token } = await createPat(emulator, { displayName: 'gone' });
    await createPat(emulator, { displayName: 'live' });
    await pats(emulator, 'DELETE', { query: { authorizationId } });
    const { json, text } = await control('tokens');
    const statuses = () => json.map(({ displayName, status }: Record<string, string>) => `${displayName} ${status}`);
    assert.deepEqual(statuses(), ['gone revoked', 'live active']);
    assert.equal(json[0].authorizationId, authorizationId);
    assert.equal(json[0].scope, 'vso.agentpools_manage');
    assert.ok(!text.includes(token));
    await control('clock', { advanceMinutes: 90 });
    assert.equal((await control('tokens')).json[1].status, 'expired');
  });

  it('plans a fault', async () => {
    assert.equal((await control('faults', { operation: 'pats.create', answer: { status: 503 } })).status, 204);
    assert.equal((await pats(emulator, 'POST', { body: {} })).status, 503);
  });

  it('lists and clears what is planned', async () => {
    const faults = `${emulator.url}/_emulator/faults`;
    await control('faults', { operation: 'pats.create', times: 3, answer: { named: 'emptyNotFound' } });
    const listed = (await call(faults)).json;
    assert.deepEqual(listed, [{ operation: 'pats.create', times: 3, skip: 0, answer: { named: 'emptyNotFound' } }]);
    assert.equal((await call(faults, { method: 'DELETE' })).status, 204);
    assert.deepEqual((await call(faults)).json, []);
  });

  it('refuses a fault it cannot read, and a control it does not have', async () => {
    const good = { operation: 'pats.create', answer: { status: 503 } };
    for (const change of [
      { operation: 'pats.mint' },
      { when: 'never' },
      { times: 'x' },
      { answer: {} },
      { answer: 1 },
    ]) {
      const { status, json } = await control('faults', { ...good, ...change });
      assert.equal(status, 400, JSON.stringify(change));
      assert.ok(json.error);
    }
    const malformed = await call(`${emulator.url}/_emulator/faults`, { method: 'POST', body: '{' });
    assert.equal(malformed.status, 400);
    assert.equal((await control('nonsense')).status, 501);
  });
});
