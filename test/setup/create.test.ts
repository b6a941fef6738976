import assert from 'node:assert/strict';
import { Scene } from './issuer-command';

describe('issuer create', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  it('sets an issuer up from nothing', async () => {
    const { code, output } = await scene.run([...scene.arguments('create'), '--yes'].toSpliced(0, 0, 'create'));
    assert.equal(code, 0, output);
  });
});
