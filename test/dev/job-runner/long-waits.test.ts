import assert from 'node:assert/strict';
import type { StageResult } from '../../../dev/job-runner';
import { removeFolders, runSteps, writeExtension } from './extension';

async function runMain(main: string): Promise<StageResult> {
  const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
  assert.ok(stages[0]);
  return stages[0];
}

const sleeping = 'setTimeout(() => {}, 15000)';

// Each takes the agent's five seconds, so they run side by side.
describe('waits of five seconds', () => {
  let done: StageResult;
  let open: StageResult;

  before(async () => {
    const child = `['-e', '${sleeping}'], { stdio: ['ignore', 'inherit', 'inherit'], detached: true }`;
    [done, open] = await Promise.all([
      runMain(`console.log('##vso[task.complete result=Succeeded;done=true]'); ${sleeping}`),
      runMain(`require('child_process').spawn(process.execPath, ${child}).unref(); console.log('said');`),
    ]);
  });

  after(removeFolders);

  it('end a stage whose task has declared itself done', () => {
    assert.equal(done.result, 'Succeeded');
    assert.ok(done.milliseconds > 4900 && done.milliseconds < 9000);
  });

  it('end the reading of output that another process holds open', () => {
    assert.deepEqual([open.result, open.rawLines], ['Succeeded', ['said']]);
    assert.ok(open.milliseconds > 4900 && open.milliseconds < 9000);
  });
});
