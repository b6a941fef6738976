import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import { createPat } from '../calls';
import { organizationCall } from './organization-calls';

describe('emulated token administration', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    token = emulator.azureCliToken(emulator.addAdministrator(), 'azureDevOps');
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => organizationCall(emulator, request, { token: as, body });

  it('lists the tokens of a user, page by page, and revokes them', async () => {
    for (const displayName of ['one', 'two', 'three']) await createPat(emulator, { displayName });
    const { value: users } = (await ask('GET /_apis/graph/users')).json;
    const user = users.find(({ originId }: { originId: string }) => originId === emulator.state.users.default.oid);
    const list = `GET /_apis/tokenadmin/personalaccesstokens/${user.descriptor}?isPublic=false`;
    const first = (await ask(`${list}&pageSize=2`)).json;
    const second = (await ask(`${list}&pageSize=2&continuationToken=${first.continuationToken}`)).json;
    const shown = [...first.value, ...second.value];
    assert.deepEqual(
      shown.map(({ displayName }) => displayName),
      ['one', 'two', 'three'],
    );
    assert.ok(shown.every((one) => one.token === null && one.isValid));
    assert.equal(second.continuationToken, null);
    const ids = shown.map(({ authorizationId }) => ({ authorizationId }));
    assert.equal((await ask('POST /_apis/tokenadmin/revocations?isPublic=false', ids)).status, 204);
    assert.deepEqual(emulator.activeTokens(), []);
    assert.deepEqual((await ask(list)).json.value, []);
  });

  it('is for collection administrators', async () => {
    const plain = emulator.azureCliToken(emulator.state.users.colleague, 'azureDevOps');
    assert.equal((await ask('POST /_apis/tokenadmin/revocations?isPublic=false', [], plain)).status, 401);
    assert.equal((await ask('GET /_apis/tokenadmin/personalaccesstokens/aad.x?isPublic=false')).status, 404);
    assert.equal((await ask('POST /_apis/tokenadmin/revocationrules', {})).status, 501);
  });
});
