import assert from 'node:assert/strict';
import { mint } from '../../../src/agent-pool-token/main';
import { runStep } from '../../../src/step/run-step';
import { ada, adasToken, entraToken, noon, patOf, World } from '../../support/world';

const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';
const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
const hour = 3_600_000;

/** Runs something on a machine in another zone. */
async function inLosAngeles(run: () => Promise<void>): Promise<void> {
  const zone = process.env.TZ;
  process.env.TZ = 'America/Los_Angeles';
  await run().finally(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
}

async function run(accessToken: string, variables: Record<string, string> = {}): Promise<World> {
  const world = new World().withAccessToken(accessToken);
  Object.assign(world.pipeline.variables, { 'System.PipelineStartTime': '2026-03-01 11:59:00.000+00:00' }, variables);
  await runStep(world, mint);
  return world;
}

describe('access token: what can be seen before it is sent', () => {
  it('is held against the start of the run in UTC, where the agent states no zone', () =>
    inLosAngeles(async () => {
      const token = entraToken({ ...ada, aud: azureDevOps, exp: seconds(noon + hour) });
      const world = await run(token, { 'System.PipelineStartTime': '2026-03-01 11:59:00.000' });
      assert.notEqual(world.requests.length, 0);
    }));

  for (const [what, token, says] of [
    ['in double quotes', `"${adasToken}"`, /in quotation marks/],
    ['in single quotes', `'${adasToken}'`, /in quotation marks/],
    ['as the whole JSON of az', JSON.stringify({ accessToken: adasToken, tokenType: 'Bearer' }), /is JSON/],
    ['a new personal access token', patOf(1), /is a personal access token/],
    ['an old personal access token', 'a2b3c4d5e6f7'.repeat(5).slice(0, 52), /is a personal access token/],
    ['two words', `${adasToken} x`, /one long word/],
    ['with the word Bearer', `Bearer ${adasToken}`, /one long word/],
    [
      'for another audience',
      entraToken({ ...ada, aud: 'https://management.azure.com' }),
      /meant for "https:\/\/management\.azure\.com", not for Azure DevOps/,
    ],
    [
      'that ended before this run',
      entraToken({ ...ada, aud: azureDevOps, exp: seconds(noon - hour) }),
      /ended at 2026-03-01T11:00:00\.000Z, before this run began/,
    ],
  ] as const) {
    it(`is refused ${what}, without showing it`, async () => {
      const world = await run(token);
      assert.match(world.failure, says);
      assert.match(world.failure, /nothing was sent\. \(input-invalid\)$/);
      assert.deepEqual(world.requests, []);
      assert.ok(!world.failure.includes(adasToken));
    });
  }

  for (const aud of [azureDevOps, azureDevOps.toUpperCase(), 'https://app.vssps.visualstudio.com/']) {
    it(`is taken for the audience ${aud}`, async () => {
      const world = await run(entraToken({ ...ada, aud, exp: seconds(noon + 5 * hour) }));
      assert.notEqual(world.requests.length, 0);
    });
  }

  it('is sent where only the clock of this machine says that it has ended', async () => {
    const world = await run(entraToken({ ...ada, aud: azureDevOps, exp: seconds(noon - 30_000) }));
    assert.notEqual(world.requests.length, 0);
  });
});
