import assert from 'node:assert/strict';
import { mintInJob } from './first-job';
import { Scene } from './issuer-command';

describe('from nothing to the first token of a job', function () {
  this.timeout(120_000);
  it('one command makes an issuer with a client secret, with which the packaged task mints and revokes', async () => {
    const scene = await Scene.open('nothing');
    try {
      const { code, output } = await scene.run(['create', ...scene.arguments('create'), '--yes', '--client-secret']);
      assert.equal(code, 0, output);
      await mintInJob(scene);
    } finally {
      await scene.close();
    }
  });
});
