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
  let preview: OpenPreview;
  before(() => {
    preview = given();
  });

  for (const [what, filling] of Object.entries(fillings)) {
    it(`is right, and runs: ${what}`, async () => {
      await fillIn(preview, filling);
      const yaml = await writtenYaml(preview.page);
      assert.equal(yaml, filling.yaml);
      if (yaml.includes('Still to be filled in')) return;
      const job = await run(yaml, filling.before);
      assert.equal(job.result, 'Succeeded', job.log.join('\n'));
      assert.match(job.log.join('\n'), filling.logged);
    }).timeout(300_000);
  }
}

async function fillIn({ open, page }: OpenPreview, filling: Filling): Promise<void> {
  const { task, picked = [], typed = [], ticked = [], pickedLater = [] } = filling;
  await open(`/${task}`);
  for (const [field, option] of picked) await pick(page, field, option);
  for (const [field, text] of typed) await fill(page, field, text);
  for (const field of ticked) await page.locator(`[data-field="${field}"] [role="checkbox"]`).click();
  for (const [field, option] of pickedLater) await pick(page, field, option);
}

/** Runs a step as the agent would, with the packaged task, against services of its own. */
async function run(yaml: string, before?: object): Promise<JobResult> {
  const emulator = await startEmulator();
  const agent = presentAgent(emulator, 'build-1');
  // After any token that these jobs mint: an agent that was online before does not count.
  agent.statusChangedOn += 3_600_000;
  emulator.state.pool('Default').agents.push({ ...agent, systemCapabilities: { 'Agent.OS': 'Linux' } });
  try {
    return await runJob({
      pipeline: { steps: [...(before ? [before] : []), ...parse(yaml)] },
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
