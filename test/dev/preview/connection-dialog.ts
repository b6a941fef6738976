import assert from 'node:assert/strict';
import { type ConnectionType, dialogFields } from '../../../dev/preview/manifests/connection-type';
import { checkContrasts } from './appearance';
import { fill, type OpenPreview, shownFields } from './open-preview';
import { dialogFields as expected } from './visible-fields';

const platformFields = ['connection-name', 'connection-description'];

/** What the dialog that creates a service connection, which is open, has to show. */
export function checkConnectionDialog(given: () => OpenPreview, type: ConnectionType): void {
  let preview: OpenPreview;
  before(() => {
    preview = given();
  });

  it('shows the fields of the type in order, then those of every connection', async () => {
    // The platform asks first how the connection signs in, where a type offers more than one way.
    assert.deepEqual(await shownFields(preview.page), ['authenticationScheme', ...expected, ...platformFields]);
  });

  it('labels and explains each, marks what is required, and hides what is secret', async () => {
    for (const { id, name, description = '', isConfidential, validation } of dialogFields(type)) {
      const field = preview.page.locator(`[data-field="${id}"]`);
      const input = field.getByLabel(name, { exact: false });
      assert.equal(await input.getAttribute('type'), isConfidential ? 'password' : 'text', id);
      assert.equal((await input.getAttribute('required')) !== null, validation?.isRequired === true, id);
      assert.equal(await field.locator('.required').count(), validation?.isRequired ? 1 : 0, id);
      const explained = await input.getAttribute('aria-describedby');
      assert.equal(await preview.page.locator(`#${explained}`).textContent(), description, id);
    }
    assert.equal(await preview.page.getByRole('link', { name: 'setup guide' }).count(), 1);
  });

  it('has complaints that can be read in each theme', async () => {
    await fill(preview.page, 'clientId', 'wrong');
    await checkContrasts(preview.page, 'a complaint');
  });

  it('says what to enter in place of what is wrong, and nothing about what is right', async () => {
    for (const [id, wrong, right, complaint] of [
      ['tenantId', 'common', 'fabrikam.onmicrosoft.com', /^Enter the id of a tenant/],
      ['clientId', 'my-app', '499b84ac-1321-427f-aa17-267ca6975798', /^Enter the id of an app registration/],
      ['maxLifetimeMinutes', '3', '', /^Enter whole minutes from 5 to 1440/],
      ['allowedScopes', 'agentPools', 'agentPool, environment', /^Enter one or more of agentPool/],
      ['url', '', 'https://dev.azure.com/fabrikam', /^Organization URL is required/],
      ['refreshToken', '', 'anything: the platform would repeat it', /^Refresh token is required/],
    ] as const) {
      const complaints = preview.page.locator(`[data-field="${id}"] [role="alert"]`);
      await fill(preview.page, id, wrong);
      await preview.page.keyboard.press('Tab');
      assert.match((await complaints.textContent()) ?? '', complaint, id);
      await fill(preview.page, id, right);
      await complaints.waitFor({ state: 'detached' });
    }
  });

  it('saves nothing', async () => {
    const save = preview.page.getByRole('button', { name: 'Save' });
    assert.equal(await save.getAttribute('aria-disabled'), 'true');
    assert.ok(await preview.page.getByText('A preview saves nothing.').isVisible());
  });
}
