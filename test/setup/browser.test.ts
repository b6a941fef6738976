import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { quietArguments } from '../../dev/pictures/browser';
import { browser as browserProgram } from '../support/strangers';
import { Scene } from './issuer-command';

describe('the sign-in of issuer create in Chromium', function () {
  this.timeout(240_000);
  it('takes the user from the page of Entra back to the command, which ends with an issuer', async () => {
    const scene = await Scene.open();
    const browser = await chromium.launch({ executablePath: browserProgram(), args: quietArguments });
    try {
      const run = scene.start(['create', ...scene.arguments('create'), '--yes']);
      run.signsIn = false;
      await run.until('/authorize?');
      const address = /^ +(http:\S+\/authorize\?\S+)$/m.exec(run.output)?.[1];
      assert.ok(address, run.output);
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(address);
      assert.equal(await page.locator('input[name="login"]').inputValue(), scene.user.upn, 'the page knows the user');
      await page.locator('input[name="passwd"]').fill(scene.user.password ?? '');
      await page.locator('[type="submit"]').click();
      await page.waitForURL(`http://localhost:${scene.port}/signed-in**`);
      const shown = await page.locator('h1').textContent();
      const content = await page.content();
      const { code, output } = await run.ended;
      assert.equal(code, 0, output);
      assert.equal(shown, 'The answer has arrived');
      assert.equal(scene.emulator.state.collection.endpoints.all.length, 1);
      assert.equal(scene.temporarySecrets(), 0);
      assert.deepEqual(scene.leakedIn(content), []);
    } finally {
      await browser.close();
      await scene.close();
    }
  });
});
