import assert from 'node:assert/strict';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { checkAppearance, checkTheme } from './appearance';
import { checkChangedManifests } from './changed-manifests';
import { checkConnectionDialog } from './connection-dialog';
import { checkKeyboard } from './keyboard';
import { checkLanguages } from './languages';
import { type OpenPreview, openPreview, root } from './open-preview';
import { checkOverlays } from './overlays';
import { checkPools, checkStepName, checkTaskForm } from './task-forms';
import { checkWrittenYaml } from './written-yaml';

const { tasks, connectionTypes } = readManifests(root);

/** All that needs a browser, in one. */
describe('the preview', () => {
  let opened: OpenPreview;
  const given = () => opened;
  // The browser may have to be installed first.
  before(async () => {
    opened = await openPreview();
  }).timeout(300_000);
  after(() => opened.close());

  for (const task of tasks) {
    // All checks of a form look at one page of it: to open it takes longer than most of them.
    describe(`the form of ${task.name}`, () => {
      before(() => opened.open(`/${task.name}?theme=light`));
      // WaitForAgents has more fields than a picture is high, and no picture shows it.
      checkAppearance(given, { fitsPicture: task.name !== 'WaitForAgents' });
      checkTaskForm(given, task);
      if (task.dataSourceBindings) checkPools(given);
      if (task.name === 'AgentPoolToken') checkOverlays(given);
    });
  }
  for (const type of connectionTypes) {
    describe(`the dialog of ${type.name}`, () => {
      before(() => opened.open(`/${type.name}?theme=light`));
      checkAppearance(given, { fitsPicture: false });
      checkConnectionDialog(given, type);
    });
  }
  describe('the name of a step', () => checkStepName(given));
  describe('by keyboard alone', () => checkKeyboard(given));
  describe('in another language', () => checkLanguages(given));
  describe('the theme', () => checkTheme(given));
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
