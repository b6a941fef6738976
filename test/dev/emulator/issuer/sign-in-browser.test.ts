import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import { quietArguments } from '../../../../dev/pictures/browser';
import { browser as browserProgram } from '../../../support/strangers';
import { bothScopes } from '../calls';
import { registerApp } from './graph-calls';

describe('emulated sign-in page in a real browser', function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let browser: Browser;
  before(async () => {
    emulator = await startEmulator();
    browser = await chromium.launch({ executablePath: browserProgram(), args: quietArguments });
  });
  after(async () => {
    await browser?.close();
    await emulator.close();
  });

  it('signs a person in, who consents, and goes back with a code', async () => {
    const arrived: string[] = [];
    const application = createServer((request, response) => {
      if (request.url?.startsWith('/signed-in')) arrived.push(request.url);
      response.setHeader('content-type', 'text/html').end('<h1>You can close this page</h1>');
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    try {
      emulator.state.directory.usersMayConsent = true;
      const token = emulator.azureCliToken(emulator.addAdministrator(), 'graph');
      const { app } = await registerApp(emulator, token);
      const { colleague } = emulator.state.users;
      const query = new URLSearchParams({
        client_id: app.appId,
        response_type: 'code',
        redirect_uri: `http://localhost:${(application.address() as AddressInfo).port}/signed-in`,
        scope: bothScopes,
        state: 'abc',
        login_hint: colleague.upn,
      });
      const page = await browser.newPage();
      await page.goto(`${emulator.url}/${emulator.state.tenantId}/oauth2/v2.0/authorize?${query}`);
      assert.equal(await page.getByLabel('Email or phone').inputValue(), colleague.upn);
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Password').fill(colleague.password ?? '');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.getByText('You can close this page').waitFor();
      const { searchParams } = new URL(arrived[0] ?? '', 'http://localhost');
      assert.equal(searchParams.get('state'), 'abc');
      assert.equal(emulator.state.directory.signIns.codes.at(-1)?.value, searchParams.get('code'));
    } finally {
      application.close();
      application.closeAllConnections();
    }
  });
});
