import assert from 'node:assert/strict';
import { printing, removeFolders, runSteps, shellScript, writeExtension } from './extension';

/** A stage that counts its attempts in a task variable and does something in each. */
const counting = (body: string) =>
  shellScript(`attempt=$((VSTS_TASKVARIABLE_ATTEMPT + 1))
    echo "##vso[task.settaskvariable variable=attempt]$attempt"
    ${body}`);

const untilThird = counting("[ $attempt -ge 3 ] || echo '##vso[task.complete result=Failed]no'");

describe('retries of a step', () => {
  after(removeFolders);

  it('run the handler again, with the task variables of the failed attempt, after a growing wait', async () => {
    const waits: number[] = [];
    const { stages, result } = await runSteps(
      writeExtension({ name: 'T', main: untilThird }),
      [{ task: 'T@1', retryCountOnTaskFailure: 5 }],
      {
        retryDelayMs: (attempt) => {
          waits.push((attempt + 1) ** 2);
          return 1;
        },
      },
    );
    assert.deepEqual([result, stages[0]?.attempts], ['Succeeded', 3]);
    assert.deepEqual(waits.slice(0, 2), [1, 4]);
    assert.equal(stages[0]?.taskVariables.attempt?.value, '3');
    assert.equal(stages[0]?.issues.length, 2);
  });

  it('wait one second before the first of them unless an option says otherwise', async () => {
    const main = counting('[ $attempt -ge 2 ]');
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [
      { task: 'T@1', retryCountOnTaskFailure: 1 },
    ]);
    assert.deepEqual([stages[0]?.result, stages[0]?.attempts], ['Succeeded', 2]);
    assert.ok((stages[0]?.milliseconds ?? 0) >= 1000);
  });

  it('count for the post-job as well', async () => {
    const folder = writeExtension({ name: 'T', main: '', post: untilThird });
    const steps = [{ task: 'T@1', retryCountOnTaskFailure: 2 }];
    const { stages } = await runSteps(folder, steps, { retryDelayMs: () => 1 });
    assert.deepEqual(
      stages.map(({ stage, attempts, result }) => [stage, attempts, result]),
      [
        ['main', 1, 'Succeeded'],
        ['post', 3, 'Succeeded'],
      ],
    );
  });

  it('end with the count, which is ten at most', async () => {
    const folder = writeExtension({ name: 'T', main: printing('##vso[task.complete result=Failed]') });
    const run = (count: number) =>
      runSteps(folder, [{ task: 'T@1', retryCountOnTaskFailure: count }], { retryDelayMs: () => 1 });
    const [once] = (await run(1)).stages;
    assert.deepEqual([once?.result, once?.attempts], ['Failed', 2]);
    const [most] = (await run(11)).stages;
    assert.deepEqual([most?.result, most?.attempts], ['Failed', 11]);
    assert.match(most?.issues[0]?.message ?? '', /limited to 10; 11/);
  });

  it('do not take back a command that could not be processed', async () => {
    const main = counting("[ $attempt -ge 2 ] || { echo '##vso[task.unknown]'; exit 1; }");
    const { stages } = await runSteps(
      writeExtension({ name: 'T', main }),
      [{ task: 'T@1', retryCountOnTaskFailure: 1 }],
      { retryDelayMs: () => 1 },
    );
    assert.deepEqual([stages[0]?.result, stages[0]?.attempts], ['Failed', 2]);
  });
});
