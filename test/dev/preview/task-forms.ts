import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { defaultValues, type TaskManifest, visibleInputs } from '../../../dev/preview/manifests/task-manifest';
import { type OpenPreview, pick, shownFields, writtenYaml } from './open-preview';
import { everyPick, expectedFields } from './visible-fields';

/** The inputs that a form shows; the first field of every form is the step's name. */
async function shownInputs({ page }: OpenPreview): Promise<string[]> {
  const [first, ...inputs] = await shownFields(page);
  assert.equal(first, 'displayName');
  return inputs;
}

/** What the form of a task, which is open with its defaults, has to show, and for which picks. */
export function checkTaskForm(given: () => OpenPreview, task: TaskManifest): void {
  const picks = everyPick(task.inputs);

  it(`has the fields of the interface for each of ${picks.length} picks`, () => {
    for (const values of picks) {
      const names = visibleInputs(task, { ...defaultValues(task), ...values }).map(({ name }) => name);
      assert.deepEqual(names.sort(), expectedFields(task.name, values), JSON.stringify(values));
    }
  });

  it('shows those fields when its lists are used one after the other, labels each, marks what is required, and explains it', async () => {
    const { page } = given();
    const lists = task.inputs.filter(({ options }) => options);
    const values = defaultValues(task);
    const seen = new Set<string>();
    const check = async () => {
      const picked = Object.fromEntries(lists.map(({ name }) => [name, values[name] ?? '']));
      const shown = await shownInputs(given());
      assert.deepEqual([...shown].sort(), expectedFields(task.name, picked), JSON.stringify(picked));
      for (const name of shown.filter((each) => !seen.has(each))) await checkControl(page, task, name);
      for (const name of shown) seen.add(name);
    };
    await check();
    for (const { name, options = {} } of lists) {
      // The default last, so that the next list is there to be used.
      for (const [option, text] of Object.entries(options).reverse()) {
        await pick(page, name, text);
        values[name] = option;
        await check();
      }
    }
    assert.deepEqual(values, defaultValues(task));
    assert.deepEqual([...seen].sort(), task.inputs.map(({ name }) => name).sort(), 'every input was seen');
  }).timeout(300_000);

  const [group] = task.groups ?? [];
  if (group === undefined) return;
  it('folds a group away and unfolds it', async () => {
    const button = given().page.getByRole('button', { name: group.displayName, exact: true });
    const all = await shownInputs(given());
    await button.click();
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    const folded = task.inputs.filter(({ groupName }) => groupName === group.name).map(({ name }) => name);
    const left = all.filter((name) => !folded.includes(name));
    assert.notDeepEqual(left, all);
    assert.deepEqual(await shownInputs(given()), left);
    await button.click();
    assert.deepEqual(await shownInputs(given()), all);
  });
}

/** What the list of pools has to offer on a page that is open. */
export function checkPools(given: () => OpenPreview): void {
  it('lists the pools that the binding selects: neither hosted ones nor deployment pools', async () => {
    const { page } = given();
    await page.locator('[data-field="pool"] input').click();
    const options = page.getByRole('option');
    assert.deepEqual(await options.allInnerTexts(), ['Default', 'Build-Linux', 'Build-Windows']);
    await page.keyboard.press('Escape');
    await options.first().waitFor({ state: 'detached' });
  });
}

export function checkStepName(given: () => OpenPreview): void {
  it('says what the step will do, until the user names it', async () => {
    const { open, page } = given();
    await open('/WaitForAgents?pool=Build-Linux');
    const name = page.getByLabel('Display name');
    assert.equal(await name.inputValue(), 'Wait for agents: Build-Linux');
    await name.fill('Wait for the fleet');
    assert.match(await writtenYaml(page), /\n {2}displayName: Wait for the fleet\n/);
  });
}

/** How a control has to be labelled and explained, as a program that reads the page aloud finds it. */
async function checkControl(page: Page, task: TaskManifest, name: string): Promise<void> {
  const { label = '', required, type, helpMarkDown = '' } = task.inputs.find((input) => input.name === name) ?? {};
  const field = page.locator(`[data-field="${name}"]`);
  const controls = [...(await field.ariaSnapshot()).matchAll(/- '?(?:textbox|combobox|checkbox|button) "(.*?)"/g)];
  // An option that is chosen stands in the name of its list, behind the label.
  const labelled = controls.filter(([, found = '']) => found.toLowerCase().includes(label.toLowerCase()));
  assert.ok(labelled.length >= 2, `${name} is labelled "${label}", and so is the button of its help`);
  const marked = required && type !== 'boolean' ? 1 : 0;
  assert.equal(await field.locator('.required').count(), marked, name);
  const plain = (text: string) =>
    text
      .replace(/\]\([^)]*\)|[*`[\]-]/g, '')
      .replace(/\s+/g, ' ')
      .trim();
  assert.equal(
    plain(await helpText(page, `[data-field="${name}"] [aria-label="Help for ${label}"]`)),
    plain(helpMarkDown),
    name,
  );
}

/** What a help says that a button opens and closes again. Keyboard and mouse, which take longer, have tests of their own. */
function helpText(page: Page, button: string): Promise<string> {
  return page.evaluate<string>(`(async () => {
    const button = document.querySelector(${JSON.stringify(button)});
    const until = async (isShown) => {
      while ((document.querySelector('.help-text') !== null) !== isShown) await new Promise(requestAnimationFrame);
    };
    button.click();
    await until(true);
    const text = [...document.querySelectorAll('.help-text :is(p, li)')].map(({ textContent }) => textContent).join(' ');
    button.click();
    await until(false);
    return text;
  })()`);
}
