import assert from 'node:assert/strict';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { defaultValues, type TaskManifest, visibleInputs } from '../../../dev/preview/manifests/task-manifest';
import { type OpenPreview, pick, root, shownFields } from './open-preview';
import { everyPick, expectedFields } from './visible-fields';

const { tasks } = readManifests(root);

/** The inputs that a form shows; the first field of every form is the step's name. */
async function shownInputs({ page }: OpenPreview): Promise<string[]> {
  const [first, ...inputs] = await shownFields(page);
  assert.equal(first, 'displayName');
  return inputs;
}

/** What the form of every task has to show, and for which picks. */
export function checkTaskForms(given: () => OpenPreview): void {
  let preview: OpenPreview;
  before(() => {
    preview = given();
  });

  for (const task of tasks) {
    const picks = everyPick(task.inputs);

    it(`has the fields of the interface for each of ${picks.length} picks of ${task.name}`, () => {
      for (const values of picks) {
        const names = visibleInputs(task, { ...defaultValues(task), ...values }).map(({ name }) => name);
        assert.deepEqual(names.sort(), expectedFields(task.name, values), JSON.stringify(values));
      }
    });

    it(`shows those fields when the lists of ${task.name} are used one after the other`, async () => {
      await preview.open(`/${task.name}`);
      const { page } = preview;
      const lists = task.inputs.filter(({ options }) => options);
      const values = defaultValues(task);
      const check = async () => {
        const picked = Object.fromEntries(lists.map(({ name }) => [name, values[name] ?? '']));
        assert.deepEqual(
          (await shownInputs(preview)).sort(),
          expectedFields(task.name, picked),
          JSON.stringify(picked),
        );
      };
      for (const { name, options = {} } of lists) {
        // The default last, so that the next list is there to be used.
        for (const [option, text] of Object.entries(options).reverse()) {
          await pick(page, name, text);
          values[name] = option;
          await check();
        }
      }
      assert.deepEqual(values, defaultValues(task));
    }).timeout(300_000);

    it(`labels every control of ${task.name}, marks what is required, and explains it`, async () => {
      for (const [values, names] of firstSeen(task, picks)) {
        await preview.open(`/${task.name}?${new URLSearchParams(values)}`);
        assert.deepEqual((await shownInputs(preview)).sort(), expectedFields(task.name, values));
        for (const name of names) await checkControl(preview, task, name);
      }
    }).timeout(300_000);
  }

  it('folds a group away and unfolds it', async () => {
    await preview.open('/AgentPoolToken');
    const button = preview.page.getByRole('button', { name: 'The token', exact: true });
    const all = await shownInputs(preview);
    await button.click();
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    const folded = ['scope', 'pool', 'lifetimeMinutes', 'variable'];
    assert.deepEqual(
      await shownInputs(preview),
      all.filter((name) => !folded.includes(name)),
    );
    await button.click();
    assert.deepEqual(await shownInputs(preview), all);
  });

  it('lists the pools that the binding selects: neither hosted ones nor deployment pools', async () => {
    for (const form of ['AgentPoolToken', 'WaitForAgents']) {
      await preview.open(`/${form}`);
      await preview.page.locator('[data-field="pool"] input').click();
      assert.deepEqual(await preview.page.getByRole('option').allInnerTexts(), [
        'Default',
        'Build-Linux',
        'Build-Windows',
      ]);
    }
  });

  it('calls the step what it will do, until the user names it', async () => {
    await preview.open('/WaitForAgents?pool=Build-Linux');
    const name = preview.page.getByLabel('Display name');
    assert.equal(await name.inputValue(), 'Wait for agents: Build-Linux');
    await name.fill('Wait for the fleet');
    assert.match(
      (await preview.page.locator('aside pre').textContent()) ?? '',
      /\n {2}displayName: Wait for the fleet\n/,
    );
  });
}

/** Picks under which all inputs of a task are seen, each with the inputs that those before it did not show. */
function firstSeen(task: TaskManifest, picks: Record<string, string>[]): [Record<string, string>, string[]][] {
  const seen = new Set<string>();
  return picks.flatMap((values) => {
    const shown = visibleInputs(task, { ...defaultValues(task), ...values }).map(({ name }) => name);
    const names = shown.filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    return names.length === 0 ? [] : [[values, names] as [Record<string, string>, string[]]];
  });
}

async function checkControl({ page }: OpenPreview, task: TaskManifest, name: string): Promise<void> {
  const { label = '', required, type, helpMarkDown = '' } = task.inputs.find((input) => input.name === name) ?? {};
  const field = page.locator(`[data-field="${name}"]`);
  const isBoolean = type === 'boolean';
  // An option that is chosen stands in the name of its list, behind the label.
  const control = ['textbox', 'combobox', 'checkbox', 'button'] as const;
  const named = await Promise.all(control.map((role) => field.getByRole(role, { name: label }).count()));
  assert.ok(
    named.reduce((sum, count) => sum + count, 0) >= 2,
    `${name} is labelled "${label}", and so is the button of its help`,
  );
  assert.equal(await field.locator('.required').count(), required && !isBoolean ? 1 : 0, name);

  const help = page.locator('.help-text');
  const button = field.getByRole('button', { name: `Help for ${label}` });
  // A click may scroll the page, and a help that has just opened closes where the page is scrolled.
  for (let clicks = 0; clicks < 3 && !(await help.isVisible()); clicks++) {
    await button.click();
    await help.waitFor({ timeout: 3000 }).catch(() => undefined);
  }
  const plain = (text: string) =>
    text
      .replace(/\]\([^)]*\)|[*`[\]-]/g, '')
      .replace(/\s+/g, ' ')
      .trim();
  assert.equal(plain((await help.locator('p, li').allTextContents()).join(' ')), plain(helpMarkDown), name);
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
}
