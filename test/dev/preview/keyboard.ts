import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { type OpenPreview, writtenYaml } from './open-preview';

/** What can be done without a mouse: everything. */
export function checkKeyboard(given: () => OpenPreview): void {
  let preview: OpenPreview;
  // The tests follow one another on one page: to open it takes longer than most of them.
  before(async () => {
    preview = given();
    await preview.open('/AgentPoolToken');
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await preview.page.keyboard.press(key);
  };
  const focused = () =>
    preview.page.evaluate<string>(`(() => {
      const { activeElement: element } = document;
      return element.closest('[data-field]')?.dataset.field + ' ' + (element.getAttribute('aria-label') ?? element.textContent);
    })()`);
  /** Tabs on to the control of a field: behind the button of its help, if it has one. */
  const tabTo = async (field: string) => {
    for (let count = 0; count < 40; count++) {
      await press('Tab');
      const where = await focused();
      if (where.startsWith(`${field} `) && !where.startsWith(`${field} Help for`)) return;
    }
    assert.fail(`the keyboard does not get to ${field}`);
  };

  /** Opens the list that has the focus, goes down to an option and takes it. */
  const choose = async (text: string) => {
    await press('Enter');
    await preview.page.getByRole('option', { name: text, exact: true }).waitFor();
    for (let count = 0; count < 10 && !(await focused()).endsWith(` ${text}`); count++) await press('ArrowDown');
    await press('Enter');
    await preview.page.getByRole('option').first().waitFor({ state: 'detached' });
  };

  it('each element with the focus shows it', async () => {
    const looks = new Set<string>();
    for (let count = 0; count < 30; count++) {
      const style = `(() => {
        const element = document.activeElement;
        const marked = [element, ...(element.closest('.bolt-textfield') ? [element.closest('.bolt-textfield')] : [])];
        return marked.map((each) => { const s = getComputedStyle(each); return s.outlineStyle + s.boxShadow; }).join(' ');
      })()`;
      await press('Tab');
      const [tag, look] = await Promise.all([
        preview.page.evaluate<string>('document.activeElement.tagName'),
        preview.page.evaluate<string>(style),
      ]);
      if (tag === 'BODY') break;
      looks.add(tag);
      assert.doesNotMatch(look, /^(nonenone ?)+$/, `${tag} ${await focused()}`);
    }
    assert.deepEqual([...looks].sort(), ['A', 'BUTTON', 'DIV', 'INPUT', 'PRE']);
  });

  it('a step is filled in and read as YAML', async () => {
    const { page } = preview;
    await tabTo('issuer');
    await page.keyboard.type('$(issuer)');
    await press('Enter');
    await tabTo('scope');
    await choose('Environments');
    await tabTo('lifetimeMinutes');
    await press('Control+A');
    await page.keyboard.type('15');
    await tabTo('revokeAfterJob');
    await press('Space');
    await tabTo('onRevokeFailure');
    await choose('Fail the job');
    await press('Tab');
    assert.deepEqual(parse(await writtenYaml(page)), [
      {
        task: 'AgentPoolToken@1',
        inputs: {
          issuer: '$(issuer)',
          scope: 'environment',
          lifetimeMinutes: '15',
          revokeAfterJob: false,
          onRevokeFailure: 'fail',
        },
      },
    ]);
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'PRE');
  });

  it('a help opens with its link at hand, and closes back to its button', async () => {
    const { page } = preview;
    await page.getByRole('button', { name: 'Help for Agent Pool Token' }).focus();
    await press('Enter');
    await page.locator('.help-text').waitFor();
    await press('Tab');
    assert.match(await focused(), /More information$/);
    await press('Escape');
    await page.locator('.help-text').waitFor({ state: 'detached' });
    assert.match(await focused(), /Help for Agent Pool Token$/);
  });

  it('a group folds and unfolds', async () => {
    const group = preview.page.getByRole('button', { name: 'When the job ends', exact: true });
    await group.focus();
    await press('Enter');
    assert.equal(await group.getAttribute('aria-expanded'), 'false');
    await press('Enter');
    assert.equal(await group.getAttribute('aria-expanded'), 'true');
  });

  it('a pool is chosen from the list', async () => {
    await preview.open('/WaitForAgents');
    await tabTo('pool');
    await press('ArrowDown', 'ArrowDown', 'Enter');
    assert.deepEqual(parse(await writtenYaml(preview.page)), [
      { task: 'WaitForAgents@1', inputs: { pool: 'Build-Linux' } },
    ]);
  });
}
