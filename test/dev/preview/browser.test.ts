import assert from 'node:assert/strict';
import { checkAppearance } from './appearance';
import { checkChangedManifests } from './changed-manifests';
import { checkConnectionDialog } from './connection-dialog';
import { checkKeyboard } from './keyboard';
import { checkLanguages } from './languages';
import { type OpenPreview, openPreview } from './open-preview';
import { checkTaskForms } from './task-forms';
import { checkWrittenYaml } from './written-yaml';

/** All that needs a browser, in one. */
describe('the preview', () => {
  let opened: OpenPreview;
  const given = () => opened;
  // The browser may have to be installed first.
  before(async () => {
    opened = await openPreview();
  }).timeout(300_000);
  after(() => opened.close());

  describe('the form of a task', () => checkTaskForms(given));
  describe('the dialog of a service connection', () => checkConnectionDialog(given));
  describe('by keyboard alone', () => checkKeyboard(given));
  describe('in another language', () => checkLanguages(given));
  describe('appearance', () => checkAppearance(given));
  describe('manifests that change', () => checkChangedManifests(given));
  describe('the YAML that it writes', () => checkWrittenYaml(given));

  // After everything else: what stands directly in a suite is run before the suites in it.
  describe('the browser, through all of this,', () => {
    it('has written no warning and no error on the console', () => {
      assert.deepEqual(opened.complaints, []);
    });

    it('has asked for nothing from anywhere else', () => {
      assert.ok(opened.requested.length > 0);
      const elsewhere = opened.requested.filter((url) => !url.startsWith(`${opened.url}/`) && !url.startsWith('data:'));
      assert.deepEqual(elsewhere, []);
    });
  });
});
