import assert from 'node:assert/strict';
import { storedConnection } from '../../dev/commands/emulated-connections';
import { runJob } from '../../dev/job-runner';
import { unpackedExtension } from '../support/extension';
import { type Offered, Scene } from './issuer-command';

const cases: [what: string, offered: Offered, more: string[]][] = [
  ['a federated issuer', 'federation', []],
  ['an issuer with a client secret', 'nothing', ['--client-secret']],
];

describe('from nothing to the first token of a job', function () {
  this.timeout(120_000);
  for (const [what, offered, more] of cases) {
    it(`one command makes ${what}, with which the packaged task mints and revokes`, async () => {
      const scene = await Scene.open(offered);
      try {
        const { code, output } = await scene.run(['create', ...scene.arguments('create'), '--yes', ...more]);
        assert.equal(code, 0, output);
        const { state, organizationUrl } = scene.emulator;
        const [endpoint] = state.collection.endpoints.all;
        assert.ok(endpoint);
        const minted = state.pats.length;
        const job = await runJob({
          pipeline: {
            steps: [
              {
                task: 'AgentPoolToken@1',
                inputs: { issuer: endpoint.name, pool: 'Build-Linux', lifetimeMinutes: '10' },
              },
            ],
          },
          tasksFolder: await unpackedExtension(),
          connections: [storedConnection(endpoint)],
          organizationUrl,
          jobAccessToken: state.jobAccessToken,
        });
        assert.equal(job.result, 'Succeeded', job.log.join('\n'));
        assert.equal(state.pats.length, minted + 1);
        assert.equal(state.pats.at(-1)?.userOid, scene.user.oid);
        assert.deepEqual(scene.emulator.activeTokens(), []);
        assert.deepEqual(scene.leakedIn(job.log.join('\n')), []);
      } finally {
        await scene.close();
      }
    });
  }
});
