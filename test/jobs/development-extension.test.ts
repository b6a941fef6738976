import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../dev/emulator';
import { runJob } from '../../dev/job-runner';
import { unpackPackage } from '../../dev/job-runner/plan/package-file';
import { packageWith } from '../support/packaging';
import { presentAgent } from '../support/present-agent';

describe('the development extension, packaged', () => {
  it('mints, waits, sweeps and revokes with its own tasks and its own type of service connection', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'development-'));
    const emulator = await startEmulator();
    try {
      emulator.state.pools.find((pool) => pool.name === 'Default')?.agents.push(presentAgent(emulator, 'build-1'));
      const { name, bytes } = await packageWith('--dev', '--patch', '7');
      writeFileSync(join(folder, name), bytes);
      const tasksFolder = await unpackPackage(join(folder, name));
      const { clientSecret = '', refreshToken, ...data } = emulator.issuer;
      const job = await runJob({
        pipeline: {
          steps: [
            { task: 'AgentPoolTokenDev@1', inputs: { issuer: 'dev-issuer', pool: 'Default' } },
            { task: 'WaitForAgentsDev@1', inputs: { pool: 'Default', count: '1', since: 'any' } },
            { task: 'RevokeAgentPoolTokensDev@1', inputs: { issuer: 'dev-issuer', dryRun: 'true' } },
          ],
        },
        tasksFolder,
        connections: [
          {
            name: 'dev-issuer',
            type: 'AgentPoolTokenIssuerDev',
            url: emulator.organizationUrl,
            data: { ...data },
            authorization: { scheme: 'None', parameters: { clientSecret, refreshToken } },
          },
        ],
        organizationUrl: emulator.organizationUrl,
        jobAccessToken: emulator.state.jobAccessToken,
      });
      rmSync(tasksFolder, { recursive: true });
      const log = job.log.join('\n');
      assert.equal(job.result, 'Succeeded', log);
      assert.match(log, /^Task {9}: Agent Pool Token \(dev\)$/m);
      assert.match(log, /^Version {6}: \d+\.\d+\.7$/m);
      assert.match(log, /Minted personal access token/);
      assert.match(log, /Revoked the token/);
      assert.equal(emulator.state.pats.length, 1);
      assert.deepEqual(emulator.activeTokens(), []);
    } finally {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(300_000);
});
