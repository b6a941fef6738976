import '../../support/task-library';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockTestRunner } from 'azure-pipelines-task-lib/mock-test';
import { unpackedExtension } from '../../support/extension';

interface Manifest {
  execution: { Node20_1: { target: string } };
  postjobexecution: { Node20_1: { target: string } };
}

/** What an agent's environment holds at least. */
const agent = (folder: string) => ({
  AGENT_VERSION: '5.278.0',
  AGENT_TEMPDIRECTORY: folder,
  SYSTEM_HOSTTYPE: 'build',
  SYSTEM_COLLECTIONURI: 'https://dev.azure.com/fabrikam/',
});

describe("task-lib's own test runner", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mock-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a stage of the packaged task as the tests of Microsoft's tasks run theirs. */
  async function run(stage: keyof Manifest, environment: Record<string, string>): Promise<MockTestRunner> {
    const task = join(await unpackedExtension(), 'tasks', 'AgentPoolToken', 'AgentPoolTokenV1');
    const manifest: Manifest = JSON.parse(readFileSync(join(task, 'task.json'), 'utf8'));
    const script = join(folder, 'test.js');
    const settings = JSON.stringify({ ...agent(folder), ...environment });
    const bundle = JSON.stringify(join(task, manifest[stage].Node20_1.target));
    writeFileSync(script, `Object.assign(process.env, ${settings}); require(${bundle});`);
    const runner = new MockTestRunner(script);
    // Otherwise it downloads a Node.
    runner.nodePath = process.execPath;
    await runner.runAsync();
    return runner;
  }

  it('finds the one error that main fails with, by its code', async () => {
    const runner = await run('execution', {
      INPUT_CONNECTIONTYPE: 'accessToken',
      INPUT_ACCESSTOKEN: 'made-up-access-token',
      INPUT_LIFETIMEMINUTES: 'soon',
      INPUT_VARIABLE: 'PATH',
    });
    assert.ok(runner.failed);
    assert.equal(runner.errorIssues.length, 1, runner.stdout);
    assert.match(runner.errorIssues[0] ?? '', /lifetimeMinutes.*variable.*\(input-invalid\)$/);
    assert.ok(!runner.stdOutContained('setvariable'));
    assert.equal(runner.stderr, '');
  });

  it('finds nothing amiss in a post-job without anything to revoke', async () => {
    const runner = await run('postjobexecution', { INPUT_CONNECTIONTYPE: 'accessToken' });
    assert.ok(runner.succeeded);
    assert.deepEqual([runner.errorIssues, runner.warningIssues, runner.stderr], [[], [], '']);
  });
});
