import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { call, createPat } from './calls';

describe('emulated agent packages', () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
    for (const platform of ['linux-x64', 'win-x64']) {
      for (const version of ['4.250.1', '4.248.0']) {
        const downloadUrl = `https://download.agent.example/agent/${version}/vsts-agent-${platform}-${version}.tar.gz`;
        emulator.state.agentPackages.push({ platform, version, downloadUrl, hashValue: 'a'.repeat(64) });
      }
    }
  });
  after(() => emulator.close());

  const list = (query: string, credential: string) =>
    call(`${emulator.organizationUrl}/_apis/distributedtask/packages/agent?${query}`, {
      headers: { Authorization: `Basic ${Buffer.from(`:${credential}`).toString('base64')}` },
    });

  it('are listed for one platform, the newest first, with their hashes', async () => {
    const { token } = await createPat(emulator);
    const { json } = await list('platform=linux-x64&$top=1', token);
    assert.deepEqual(json.value, [
      {
        type: 'agent',
        platform: 'linux-x64',
        createdOn: '2026-01-12T09:00:00.123Z',
        version: { major: 4, minor: 250, patch: 1 },
        downloadUrl: 'https://download.agent.example/agent/4.250.1/vsts-agent-linux-x64-4.250.1.tar.gz',
        infoUrl: 'https://go.microsoft.com/fwlink/?LinkId=798199',
        hashValue: 'a'.repeat(64),
        filename: 'vsts-agent-linux-x64-4.250.1.tar.gz',
      },
    ]);
    assert.equal((await list('', token)).json.count, 4);
    assert.equal((await list('platform=osx-x64', token)).json.count, 0);
  });

  it('are not listed without a token', async () => {
    assert.notEqual((await list('platform=linux-x64', 'unknown')).status, 200);
  });
});
