import assert from 'node:assert/strict';
import { JobRefused, runJob } from '../../../dev/job-runner';
import { removeFolders, runSteps, writeExtension } from './extension';

describe('conditions of steps and jobs', () => {
  after(removeFolders);

  const results = (stages: { result: string }[]) => stages.map(({ result }) => result);

  it('see what earlier steps set, and the outputs of steps by their names', async () => {
    const script = "echo '##vso[task.setvariable variable=agents;isOutput=true]one'";
    const { stages } = await runSteps(writeExtension(), [
      { bash: script, name: 'register' },
      { bash: ':', condition: "and(succeeded(), ne(variables['register.agents'], ''))" },
      { bash: ':', condition: "and(succeeded(), eq(variables['register.agents'], ''))" },
      { bash: ':', condition: "eq(variables['Agent.JobStatus'], 'succeeded')" },
    ]);
    assert.deepEqual(results(stages), ['Succeeded', 'Succeeded', 'Skipped', 'Succeeded']);
    assert.match(stages[2]?.log.join('\n') ?? '', /Evaluating: and\(succeeded\(\), eq\(variables.*Result: False/s);
  });

  it('run a step after a failure where they name no status', async () => {
    const { stages, result } = await runSteps(writeExtension(), [
      { bash: 'exit 1' },
      { bash: ':', condition: "eq(variables['Agent.JobStatus'], 'Failed')" },
      { bash: ':', condition: "and(succeeded(), eq('a', 'a'))" },
    ]);
    assert.deepEqual(results(stages), ['Failed', 'Succeeded', 'Skipped']);
    assert.equal(result, 'Failed');
  });

  it('fail the step whose values they cannot compare, and the job goes on', async () => {
    const { stages, result } = await runSteps(writeExtension(), [
      { bash: 'echo "##vso[task.setvariable variable=count]many"' },
      { bash: 'echo ran', condition: 'gt(1, variables.count)' },
      { bash: ':', condition: 'failed()' },
    ]);
    assert.deepEqual(results(stages), ['Succeeded', 'Failed', 'Succeeded']);
    assert.match(stages[1]?.log.join('\n') ?? '', /'gt\(1, variables\.count\)' cannot be evaluated: 'many' cannot be/);
    assert.doesNotMatch(stages[1]?.rawLines.join('\n') ?? '', /ran/);
    assert.equal(result, 'Failed');
  });

  const jobs: [string, string, string][] = [
    ["eq(variables.run, 'yes')", 'succeeded()', 'Succeeded'],
    ["ne(variables.run, 'yes')", 'succeeded()', 'Skipped'],
    ['succeeded()', 'failed()', 'Skipped'],
    // No agent has the job yet when the service evaluates this.
    ["eq(variables['Agent.JobStatus'], '')", 'always()', 'Succeeded'],
  ];
  for (const [condition, ofStage, expected] of jobs) {
    it(`of a job (${condition}) and its stage (${ofStage}) both count`, async () => {
      const job = { job: 'a', condition, steps: [{ bash: ':' }] };
      const stages = [{ stage: 's', condition: ofStage, jobs: [job] }];
      const pipeline = { variables: { run: 'yes' }, stages };
      const ended = await runJob({ pipeline, tasksFolder: writeExtension() });
      assert.deepEqual([ended.result, ended.stages.length], [expected, expected === 'Skipped' ? 0 : 1]);
    });
  }

  it('of a job whose values cannot be compared refuse it', async () => {
    const job = { job: 'a', condition: "gt(1, 'x')", steps: [{ bash: ':' }] };
    await assert.rejects(runJob({ pipeline: { jobs: [job] }, tasksFolder: writeExtension() }), JobRefused);
  });
});
