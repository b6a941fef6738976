import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentsOf,
  assertSucceeded,
  exampleJob,
  runExample,
  type Step,
  stageOf,
  withMachine,
} from '../../support/example';
import { sideBySide } from '../../support/side-by-side';

const root = join(__dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'classic.md'), 'utf8');

interface Input {
  name: string;
  label: string;
  options?: Record<string, string>;
}

/** The rows of the table under a heading of the page, by their first cell. */
function table(heading: string): [string, string][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? assert.fail(`no heading ${heading}`);
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')));
  return rows.slice(1).map(([, name = '', value = '']) => [name, value]);
}

/** What a person writes who fills in the form of a task as the page says: fields by label, options by title. */
function fillIn(task: string, heading: string): Record<string, string> {
  const file = join(root, 'tasks', task, `${task}V1`, 'task.json');
  const { inputs } = JSON.parse(readFileSync(file, 'utf8')) as { inputs: Input[] };
  return Object.fromEntries(
    table(heading).map(([label, value]) => {
      const input = only(inputs, (one) => one.label, label);
      const options = Object.entries(input.options ?? {});
      return [input.name, options.length > 0 ? only(options, ([, title]) => title, value)[0] : value];
    }),
  );
}

/** The one thing of this name: exactly, or else beginning or ending so, which a person would still recognize. */
function only<T>(things: readonly T[], nameOf: (thing: T) => string, name: string): T {
  const wanted = name.toLowerCase();
  const exact = things.filter((thing) => nameOf(thing).toLowerCase() === wanted);
  const similar = things.filter((thing) => {
    const given = nameOf(thing).toLowerCase();
    return given.startsWith(wanted) || wanted.endsWith(given) || wanted.startsWith(given);
  });
  const [found, ...others] = exact.length > 0 ? exact : similar;
  assert.ok(found !== undefined && others.length === 0, `${name}: ${[found, ...others].length} fields`);
  return found;
}

/** The one word in the page that this finds. */
function wordOf(pattern: RegExp): string {
  return pattern.exec(page)?.[1] ?? assert.fail(`the page does not say ${pattern.source}`);
}

const artifact = wordOf(/source alias `(\w+)`/);

/** The job of the page. The form of a Command Line task takes 5000 characters of a script. */
function jobOfThePage(): object {
  const script = wordOf(/```sh\n([^`]{1,5000})\n```/);
  return {
    variables: Object.fromEntries(table('1. A stage')),
    steps: [
      {
        task: 'AgentPoolToken@1',
        displayName: 'Agent Pool Token',
        inputs: fillIn('AgentPoolToken', '3. Mint a token'),
      },
      {
        script,
        name: wordOf(/reference name `(register)`/),
        displayName: 'Command Line',
        env: Object.fromEntries(table('4. Register the agent')),
      },
      { task: 'WaitForAgents@1', displayName: 'Wait for Agents', inputs: fillIn('WaitForAgents', '5. Wait for it') },
    ],
  };
}

sideBySide('docs/classic.md', 2, (test) => {
  test('describes the same as the example in YAML', async () => {
    const { steps } = exampleJob('register-linux.yml');
    const described = jobOfThePage() as ReturnType<typeof exampleJob>;
    const { PLACE, NEW_AGENT, AGENT_FOLDER } = described.variables;
    const [mint, register, wait] = described.steps;
    const [mintOfYaml, registerOfYaml, waitOfYaml] = steps.filter((step) => step.task || step.script);
    // A form knows only text, YAML numbers too; and a form has what YAML fills in from parameters in variables.
    const filled = (inputs: Step['inputs']) =>
      JSON.parse(
        JSON.stringify(inputs)
          .replace('$(PLACE)', PLACE ?? '')
          .replace('$(NEW_AGENT)', NEW_AGENT ?? ''),
      );
    const texts = (inputs: Step['inputs']) =>
      Object.fromEntries(Object.entries(inputs ?? {}).map(([name, value]) => [name, String(value)]));
    assert.deepEqual(filled(mint?.inputs), { connectionType: 'issuer', ...texts(mintOfYaml?.inputs) });
    assert.deepEqual(filled(wait?.inputs), texts(waitOfYaml?.inputs));
    assert.deepEqual(
      { PLACE, NEW_AGENT, AGENT_FOLDER },
      {
        PLACE: registerOfYaml?.env?.PLACE,
        NEW_AGENT: registerOfYaml?.env?.NEW_AGENT,
        AGENT_FOLDER: registerOfYaml?.env?.AGENT_FOLDER,
      },
    );
    assert.equal(register?.env?.VSTS_AGENT_INPUT_TOKEN, registerOfYaml?.env?.VSTS_AGENT_INPUT_TOKEN);
  });

  test('registers an agent in a release, whose token is revoked when the job ends, and removes it', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const folder = join(machine.folder, 'agents', 'one');
      const variables = { AGENT_FOLDER: folder };
      const pipeline = jobOfThePage() as ReturnType<typeof exampleJob>;
      const job = await runExample('register-linux.yml', surroundings, { artifact, pipeline, variables });
      assertSucceeded(job);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['build-linux-01 online']);
      const [minted, ...others] = emulator.state.pats;
      assert.deepEqual(others, []);
      assert.match(minted?.displayName ?? '', /^agent-pool-token r118 j[0-9a-f]{8} a1 [a-z2-7]{10} \S+$/);
      assert.equal(minted?.revoked, true);
      assert.equal(stageOf(job, 'Post-job: Agent Pool Token').result, 'Succeeded');
      assert.ok(job.log.some((line) => line.includes(minted?.displayName ?? '?')));

      assert.match(page, /with the word `remove` in place of `register`, and without step 5/);
      const [mint, step] = pipeline.steps;
      const script = step?.script?.replace(/\bregister$/, 'remove');
      const removed = { artifact, pipeline: { ...pipeline, steps: [mint, { ...step, script }] }, variables };
      assertSucceeded(await runExample('remove-linux.yml', surroundings, removed));
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));

  test('revokes the token of a release whose script fails', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      machine.tamper();
      const folder = join(machine.folder, 'agents', 'one');
      const job = await runExample('register-linux.yml', surroundings, {
        artifact,
        pipeline: jobOfThePage(),
        variables: { AGENT_FOLDER: folder },
      });
      assert.equal(job.result, 'Failed');
      assert.ok(!existsSync(folder));
      assert.deepEqual(
        emulator.state.pats.map(({ revoked }) => revoked),
        [true],
      );
    }));

  test('registers a target of a deployment group with the changes that it names', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      for (const name of ['SCOPE', 'deploymentGroup', 'AGENT_TAGS']) assert.ok(page.includes(`\`${name}\``), name);
      const whole = jobOfThePage() as ReturnType<typeof exampleJob>;
      const [mint, register] = whole.steps;
      const { pool: _, ...inputs } = { ...mint?.inputs, scope: 'deploymentGroup' } as Record<string, string>;
      const folder = join(machine.folder, 'agents', 'one');
      const variables = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', AGENT_TAGS: 'web', AGENT_FOLDER: folder };
      const job = await runExample('register-linux.yml', surroundings, {
        artifact,
        pipeline: { ...whole, steps: [{ ...mint, inputs }, register] },
        variables,
      });
      assertSucceeded(job);
      assert.deepEqual(agentsOf(emulator, 'Fabrikam-Web-Servers'), ['build-linux-01 online']);
      assert.match(emulator.state.pats[0]?.displayName ?? '', / r118 /);
    }));
});
