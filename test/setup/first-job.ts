import assert from 'node:assert/strict';
import { storedConnection } from '../../dev/commands/emulated-connections';
import { runJob } from '../../dev/job-runner';
import { unpackedExtension } from '../support/extension';
import type { Scene } from './issuer-command';

/** Runs a job of the packaged task with the issuer of a scene: it mints a token of its user, and revokes it. */
export async function mintInJob(scene: Scene): Promise<void> {
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
}
