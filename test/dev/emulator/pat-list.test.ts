import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { createPat, pats } from './calls';

describe('emulated list of personal access tokens', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const list = (query: Record<string, string>) => pats(emulator, 'GET', { query });
  const names = async (query: Record<string, string>): Promise<string[]> =>
    (await list(query)).json.patTokens.map(({ displayName }: { displayName: string }) => displayName);
  const inAnHour = (minutes: number) => new Date(emulator.state.clock.now() + minutes * 60_000).toISOString();
  const byName = { sortByOption: 'displayName', isSortAscending: 'true' };

  it('filters by status', async () => {
    await createPat(emulator, { displayName: 'live' });
    const gone = await createPat(emulator, { displayName: 'gone' });
    await createPat(emulator, { displayName: 'old', validTo: inAnHour(1) });
    await pats(emulator, 'DELETE', { query: { authorizationId: gone.authorizationId } });
    emulator.state.clock.advance(2 * 60_000);
    assert.deepEqual(await names({ displayFilterOption: 'active' }), ['live']);
    assert.deepEqual(await names({ displayFilterOption: 'Revoked' }), ['gone']);
    assert.deepEqual(await names({ displayFilterOption: 'expired' }), ['old']);
    assert.deepEqual(await names({ displayFilterOption: 'all', ...byName }), ['gone', 'live', 'old']);
  });

  it("lists the caller's own tokens alone, without their values", async () => {
    await createPat(emulator);
    const token = emulator.userAccessToken({ user: 'colleague' });
    const query = { displayFilterOption: 'all' };
    assert.deepEqual((await pats(emulator, 'GET', { token, query })).json.patTokens, []);
    const { json } = await list(query);
    assert.equal(json.patTokens[0].token, null);
    assert.equal(json.continuationToken, '');
  });

  it('sorts', async () => {
    await createPat(emulator, { displayName: 'b', validTo: inAnHour(10) });
    await createPat(emulator, { displayName: 'a', validTo: inAnHour(30) });
    await createPat(emulator, { displayName: 'c', validTo: inAnHour(20) });
    const all = { displayFilterOption: 'all' };
    assert.deepEqual(await names({ ...all, ...byName }), ['a', 'b', 'c']);
    assert.deepEqual(await names({ ...all, sortByOption: 'displayName', isSortAscending: 'false' }), ['c', 'b', 'a']);
    assert.deepEqual(await names({ ...all, sortByOption: 'displayDate', isSortAscending: 'true' }), ['b', 'c', 'a']);
  });

  it('pages, and stays on its way when tokens of earlier pages go', async () => {
    for (let index = 0; index < 5; index += 1) await createPat(emulator, { displayName: `t${index}` });
    const query = { displayFilterOption: 'active', ...byName, $top: '2' };
    const first = (await list(query)).json;
    assert.equal(first.patTokens.length, 2);
    for (const { authorizationId } of first.patTokens) await pats(emulator, 'DELETE', { query: { authorizationId } });
    const { continuationToken } = first;
    assert.deepEqual(await names({ ...query, continuationToken }), ['t2', 't3']);
    const second = (await list({ ...query, continuationToken })).json;
    const third = (await list({ ...query, continuationToken: second.continuationToken })).json;
    assert.deepEqual([third.patTokens.length, third.continuationToken], [1, '']);
  });

  it('gives 100 at most', async () => {
    for (let index = 0; index < 101; index += 1) {
      emulator.state.pats.push({
        authorizationId: crypto.randomUUID(),
        displayName: `t${index}`,
        scope: 'vso.agentpools',
        targetAccounts: null,
        token: `t${index}`,
        validFrom: 0,
        validTo: Number.MAX_SAFE_INTEGER / 4096,
        userOid: emulator.state.users.default.oid,
        revoked: false,
      });
    }
    const { json } = await list({ displayFilterOption: 'all' });
    assert.equal(json.patTokens.length, 100);
    assert.notEqual(json.continuationToken, '');
    assert.equal((await list({ displayFilterOption: 'all', $top: '101' })).status, 400);
  });

  it('refuses a continuation token with other options, and one it never gave', async () => {
    await createPat(emulator);
    await createPat(emulator);
    const query = { displayFilterOption: 'active', $top: '1' };
    const { continuationToken } = (await list(query)).json;
    assert.equal((await list({ ...query, continuationToken })).status, 200);
    assert.equal((await list({ ...query, displayFilterOption: 'all', continuationToken })).status, 400);
    assert.equal((await list({ ...query, continuationToken: 'nonsense' })).status, 400);
  });

  it('refuses options it does not have, and does not guess the default filter', async () => {
    assert.equal((await list({ displayFilterOption: 'some' })).status, 400);
    assert.equal((await list({ displayFilterOption: 'all', sortByOption: 'colour' })).status, 400);
    const all = { displayFilterOption: 'all' };
    for (const query of [
      {},
      { ...all, isSortAscending: 'yes' },
      { ...all, sortByOption: 'status' },
      { ...all, search: 'a' },
    ]) {
      assert.equal((await list(query)).status, 501, JSON.stringify(query));
    }
  });
});
