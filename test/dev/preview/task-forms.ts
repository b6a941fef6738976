import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import {
  defaultValues,
  type TaskInput,
  type TaskManifest,
  visibleInputs,
} from '../../../dev/preview/manifests/task-manifest';
import { type OpenPreview, shownFields, writtenYaml } from './open-preview';
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
      const appeared = task.inputs.filter(({ name }) => shown.includes(name) && !seen.has(name));
      await checkControls(page, appeared);
      for (const { name } of appeared) seen.add(name);
    };
    await check();
    for (const { name, options = {} } of lists) {
      // The default last, so that the next list is there to be used.
      for (const [option, text] of Object.entries(options).reverse()) {
        await pickAtOnce(page, name, text);
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

/** How controls have to be labelled and explained, as a program that reads the page aloud finds it. */
async function checkControls(page: Page, inputs: TaskInput[]): Promise<void> {
  const looks = await looksOf(page, inputs);
  for (const [index, { name, label = '', required, type, helpMarkDown = '' }] of inputs.entries()) {
    const snapshot = await page.locator(`[data-field="${name}"]`).ariaSnapshot();
    const controls = [...snapshot.matchAll(/- '?(?:textbox|combobox|checkbox|button) "(.*?)"/g)];
    // An option that is chosen stands in the name of its list, behind the label.
    const labelled = controls.filter(([, found = '']) => found.toLowerCase().includes(label.toLowerCase()));
    assert.ok(labelled.length >= 2, `${name} is labelled "${label}", and so is the button of its help`);
    assert.equal(looks[index]?.marks, required && type !== 'boolean' ? 1 : 0, name);
    assert.equal(plain(looks[index]?.help ?? ''), plain(helpMarkDown), name);
  }
}

const plain = (text: string) =>
  text
    .replace(/\]\([^)]*\)|[*`[\]-]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** Waits in the page, where a variable `until` stands for this. */
const until = `async (holds) => { while (!holds()) await new Promise(requestAnimationFrame); }`;

/**
 * How often each field is marked as required, and what its help says, which its button opens and closes again. Keyboard
 * and mouse, which take longer, have tests of their own.
 */
function looksOf(page: Page, inputs: TaskInput[]): Promise<{ marks: number; help: string }[]> {
  const fields = inputs.map(({ name, label }) => [`[data-field="${name}"]`, `[aria-label="Help for ${label}"]`]);
  return page.evaluate<{ marks: number; help: string }[]>(`(async () => {
    const until = ${until};
    const looks = [];
    for (const [field, button] of ${JSON.stringify(fields)}) {
      const help = document.querySelector(field + ' ' + button);
      help.click();
      await until(() => document.querySelector('.help-text') !== null);
      const texts = [...document.querySelectorAll('.help-text :is(p, li)')].map(({ textContent }) => textContent);
      help.click();
      await until(() => document.querySelector('.help-text') === null);
      looks.push({ marks: document.querySelectorAll(field + ' .required').length, help: texts.join(' ') });
    }
    return looks;
  })()`);
}

/** Picks an option of a list as fast as the page can draw it. */
async function pickAtOnce(page: Page, field: string, text: string): Promise<void> {
  await page.evaluate(`(async () => {
    const until = ${until};
    const options = () => [...document.querySelectorAll('[role="option"]')];
    document.querySelector('[data-field="${field}"] input').click();
    await until(() => options().length > 0);
    options().find(({ textContent }) => textContent === ${JSON.stringify(text)}).click();
    await until(() => options().length === 0);
  })()`);
}
