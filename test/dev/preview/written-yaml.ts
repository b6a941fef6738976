import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { azureDevOpsConnection, azureRmConnection, issuerConnection } from '../../../dev/commands/emulated-connections';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { type JobResult, runJob } from '../../../dev/job-runner';
import { unpackedExtension } from '../../support/extension';
import { presentAgent } from '../../support/present-agent';
import { type Filling, fillings, issuer } from './fillings';
import { fill, type OpenPreview, pick, writtenYaml } from './open-preview';

/** What is filled in has to come out as YAML, and that has to do in a job what the form promises. */
export function checkWrittenYaml(given: () => OpenPreview): void {
  const written: { yaml: string; logged: RegExp }[] = [];

  for (const [what, filling] of Object.entries(fillings)) {
    it(`is right: ${what}`, async () => {
      await fillIn(given(), filling);
      const yaml = await writtenYaml(given().page);
      assert.equal(yaml, filling.yaml);
      if (!yaml.includes('Still to be filled in')) written.push({ yaml, logged: filling.logged });
    }).timeout(300_000);
  }

  it('runs, as the steps of one job', async () => {
    const { result, log } = await run(written.map(({ yaml }) => yaml).join(''));
    assert.equal(result, 'Succeeded', log.join('\n'));
    // The service connections are set up, then each step runs, then those that minted revoke.
    const logs = log
      .join('\n')
      .split('##[section]Starting: ')
      .slice(1, written.length + 1);
    assert.ok(written.length >= 7);
    for (const [index, { yaml, logged }] of written.entries()) assert.match(logs[index] ?? '', logged, yaml);
  }).timeout(300_000);
}

async function fillIn({ open, page }: OpenPreview, filling: Filling): Promise<void> {
  const { task, picked = [], typed = [], ticked = [], pickedLater = [] } = filling;
  await open(`/${task}`);
  for (const [field, option] of picked) await pick(page, field, option);
  for (const [field, text] of typed) await fill(page, field, text);
  for (const field of ticked) await page.locator(`[data-field="${field}"] [role="checkbox"]`).click();
  for (const [field, option] of pickedLater) await pick(page, field, option);
}

/** Runs steps as the agent would, with the packaged tasks, against services of their own. */
async function run(steps: string): Promise<JobResult> {
  const emulator = await startEmulator();
  const agent = presentAgent(emulator, 'build-1');
  // After any token that this job mints: an agent that was online before does not count.
  agent.statusChangedOn += 3_600_000;
  emulator.state.pool('Default').agents.push({ ...agent, systemCapabilities: { 'Agent.OS': 'Linux' } });
  try {
    return await runJob({
      pipeline: { steps: parse(steps) },
      tasksFolder: await unpackedExtension(),
      connections: connectionsOf(emulator),
      organizationUrl: emulator.organizationUrl,
      jobAccessToken: emulator.state.jobAccessToken,
      secretVariables: { USER_TOKEN: emulator.userAccessToken() },
    });
  } finally {
    await emulator.close();
  }
}

function connectionsOf(emulator: Emulator) {
  return [
    issuerConnection(emulator, issuer),
    azureDevOpsConnection(emulator, 'my-workloadidentityuser'),
    azureRmConnection(emulator, 'my-azure-rm'),
  ];
}
