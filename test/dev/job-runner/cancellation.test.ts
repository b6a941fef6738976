import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobOptions } from '../../../dev/job-runner';
import { removeFolders, runSteps, shellScript, temporaryFolder, writeExtension } from './extension';

const wait = 'setTimeout(() => {}, 20000);';
const ready = "console.log('##vso[task.setprogress value=1]ready');";
const cancelTimings = { sigintMs: 300, sigtermMs: 300 };

/** Options that cancel the job as soon as a stage says that it is ready. */
function cancelling(): Partial<JobOptions> {
  const cancel = new AbortController();
  return {
    cancel: cancel.signal,
    cancelTimings,
    onCommand: ({ event }) => {
      if (event === 'setprogress') {
        cancel.abort();
      }
    },
  };
}

describe('cancellation of a job', () => {
  after(removeFolders);

  it('interrupts the running step, and still takes the lines it writes then', async () => {
    const main = `process.on('SIGINT', () => {
      console.log('##vso[task.settaskvariable variable=left]behind'); process.exit(0); }); ${wait} ${ready}`;
    const folder = writeExtension(
      { name: 'T', main, post: shellScript('echo "left $VSTS_TASKVARIABLE_LEFT"') },
      { name: 'Ok', main: '' },
    );
    const conditions = ['succeeded()', 'always()', 'canceled()', 'succeededOrFailed()', 'failed()'];
    const { result, stages } = await runSteps(
      folder,
      [{ task: 'T@1' }, ...conditions.map((condition) => ({ task: 'Ok@1', condition }))],
      cancelling(),
    );
    assert.equal(result, 'Canceled');
    assert.deepEqual(
      stages.map((stage) => stage.result),
      ['Canceled', 'Skipped', 'Succeeded', 'Succeeded', 'Skipped', 'Skipped', 'Succeeded'],
    );
    assert.deepEqual(stages[6]?.rawLines, ['left behind']);
    assert.deepEqual(
      stages[0]?.issues.map(({ message }) => message),
      ['The Operation will be canceled. The next steps may not contain expected logs.', 'The operation was canceled.'],
    );
  });

  it('sends SIGTERM after the first wait and kills after the second', async () => {
    const main = `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log(signal));
      ${wait} ${ready}`;
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }], cancelling());
    assert.deepEqual(stages[0]?.rawLines.slice(1), ['SIGINT', 'SIGTERM']);
    assert.equal(stages[0]?.exitCode, null);
    assert.ok((stages[0]?.milliseconds ?? 0) >= 600);
  });

  it('signals the process of the task alone', async () => {
    const child = "process.on('SIGINT', () => console.log('child got it')); setTimeout(() => process.exit(), 500);";
    const main = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })
      .on('exit', () => process.exit(0)); process.on('SIGINT', () => {}); setTimeout(() => { ${ready} }, 200);`;
    const options = { ...cancelling(), cancelTimings: { sigintMs: 5000, sigtermMs: 100 } };
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }], options);
    assert.deepEqual(stages[0]?.rawLines.slice(1), []);
    assert.equal(stages[0]?.exitCode, 0);
  });

  it('lets a step go on whose condition still holds, and a post-job always', async () => {
    const slow = `${ready} setTimeout(() => console.log('finished'), 300);`;
    const folder = writeExtension({ name: 'T', main: slow, post: slow });
    const always = await runSteps(folder, [{ task: 'T@1', condition: 'always()' }], cancelling());
    assert.deepEqual(
      always.stages.map(({ result, rawLines }) => [result, rawLines.at(-1)]),
      [
        ['Succeeded', 'finished'],
        ['Succeeded', 'finished'],
      ],
    );
    assert.equal(always.result, 'Canceled');
  });

  it('before the first step leaves only what always runs', async () => {
    const status = shellScript('echo $AGENT_JOBSTATUS');
    const folder = writeExtension({ name: 'T', prejob: status, main: status, post: status });
    const cancel = AbortSignal.abort();
    const { result, stages } = await runSteps(folder, [{ task: 'T@1' }], { cancel });
    assert.deepEqual([result, ...stages.map((stage) => stage.result)], ['Canceled', 'Skipped', 'Skipped', 'Succeeded']);
    assert.deepEqual(stages[2]?.rawLines, ['Canceled']);
  });

  it("comes from the job's own timeout, too", async () => {
    const folder = writeExtension({ name: 'T', main: wait, post: '' });
    const { result, stages } = await runSteps(folder, [], {
      pipeline: { jobs: [{ job: 'a', timeoutInMinutes: 0.005, steps: [{ task: 'T@1' }] }] },
      cancelTimings,
    });
    assert.deepEqual([result, ...stages.map((stage) => stage.result)], ['Canceled', 'Canceled', 'Succeeded']);
  });

  it('kills the worker when the budget of the cancellation is used up', async () => {
    const main = `process.on('SIGINT', () => process.exit(0)); ${wait} ${ready}`;
    const folder = writeExtension({ name: 'T', main, post: wait }, { name: 'Last', post: '' });
    const { result, stages } = await runSteps(folder, [{ task: 'Last@1' }, { task: 'T@1' }], {
      ...cancelling(),
      cancelTimings: { ...cancelTimings, budgetMs: 500 },
    });
    assert.equal(result, 'Canceled');
    assert.deepEqual(
      stages.map((stage) => `${stage.displayName} ${stage.result}`),
      ['T Canceled', 'Post-job: T Canceled'],
    );
  });

  it('ends the wait before a retry', async () => {
    const folder = writeExtension({ name: 'T', main: `${ready} console.log('##vso[task.complete result=Failed]')` });
    const { stages } = await runSteps(folder, [{ task: 'T@1', retryCountOnTaskFailure: 3 }], {
      ...cancelling(),
      retryDelayMs: () => 60_000,
    });
    assert.deepEqual([stages[0]?.result, stages[0]?.attempts], ['Canceled', 1]);
  });

  it("takes its waits from the job's variables where the caller names none", async () => {
    const main = `process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); ${wait} ${ready}`;
    const { cancelTimings: _waits, ...options } = cancelling();
    const variables = { PROCESS_SIGINT_TIMEOUT: '100', PROCESS_SIGTERM_TIMEOUT: '100' };
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }], {
      ...options,
      variables,
    });
    assert.deepEqual([stages[0]?.result, stages[0]?.exitCode], ['Canceled', null]);
    assert.ok((stages[0]?.milliseconds ?? 0) < 6000);
  });

  it('sends SIGINT alone where the job asks for a graceful end', async () => {
    const main = `process.on('SIGINT', () => setTimeout(() => process.exit(0), 600));
      process.on('SIGTERM', () => console.log('SIGTERM')); ${wait} ${ready}`;
    const variables = { USE_GRACEFUL_PROCESS_SHUTDOWN: 'true', PROCESS_SIGINT_TIMEOUT: '100' };
    const options = { ...cancelling(), variables, cancelTimings: { sigintMs: 100, sigtermMs: 100 } };
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }], options);
    assert.deepEqual([stages[0]?.exitCode, stages[0]?.rawLines.slice(1)], [0, []]);
  });
});

describe('a worker that dies', () => {
  after(removeFolders);

  /** A task that writes a file when its output is gone, and one that asks for the next line first. */
  const main = (file: string) => `process.stdout.on('error', ({ code }) => {
      require('fs').writeFileSync(${JSON.stringify(file)}, code); process.exit(0); });
    ${ready} setInterval(() => console.log('more'), 50);`;

  it('leaves its process without output, and runs nothing more of the job', async () => {
    const file = join(temporaryFolder(), 'left');
    const worker = new AbortController();
    const folder = writeExtension({ name: 'T', main: main(file), post: "console.log('post')" });
    const { result, stages } = await runSteps(folder, [{ task: 'T@1' }, { task: 'T@1' }], {
      loseWorker: worker.signal,
      onCommand: () => worker.abort(),
    });
    assert.equal(readFileSync(file, 'utf8'), 'EPIPE');
    assert.deepEqual([result, stages.map((stage) => stage.result)], ['Failed', ['Failed']]);
    assert.match(stages[0]?.issues[0]?.message ?? '', /stopped hearing from agent/);
  });
});
