import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobRefused } from '../../../dev/job-runner';
import { printing, removeFolders, runSteps, shellScript, temporaryFolder, writeExtension } from './extension';

const outcome = (result: string) => printing(`##vso[task.complete result=${result}]because`);
const order = (stages: { displayName: string }[]) => stages.map(({ displayName }) => displayName);
const results = (stages: { result: string }[]) => stages.map(({ result }) => result);

describe('stages of a job', () => {
  after(removeFolders);

  const three = () =>
    writeExtension(
      { name: 'A', prejob: '', main: '', post: '' },
      { name: 'B', prejob: '', main: '', post: '' },
      { name: 'C', main: '' },
    );

  it('are all pre-jobs, then the steps, then the post-jobs in reverse', async () => {
    const { stages } = await runSteps(three(), [{ task: 'A@1' }, { task: 'C@1' }, { task: 'B@1' }]);
    assert.deepEqual(order(stages), ['Pre-job: A', 'Pre-job: B', 'A', 'C', 'B', 'Post-job: B', 'Post-job: A']);
    assert.deepEqual(new Set(results(stages)), new Set(['Succeeded']));
  });

  it('run in a fresh process each', async () => {
    const pid = shellScript('echo $$');
    const { rawLines } = await runSteps(writeExtension({ name: 'P', prejob: pid, main: pid, post: pid }), [
      { task: 'P@1' },
    ]);
    assert.equal(new Set(rawLines).size, 3);
  });

  it('run in a process group of their own, which the signals of a terminal do not reach', async function () {
    if (process.platform !== 'linux') {
      this.skip();
    }
    const main = shellScript('echo $(cut -d " " -f 1,5 /proc/$$/stat)');
    const { rawLines } = await runSteps(writeExtension({ name: 'P', main }), [{ task: 'P@1' }]);
    const [pid, group] = (rawLines[0] ?? '').split(' ');
    assert.equal(group, pid);
  });

  it('have a post-job even if the main stage failed, was skipped or never came', async () => {
    const folder = writeExtension(
      { name: 'Fails', main: outcome('Failed'), post: '' },
      { name: 'Skipped', main: '', post: '' },
      { name: 'PostOnly', post: '' },
    );
    const { result, stages } = await runSteps(folder, [
      { task: 'PostOnly@1' },
      { task: 'Fails@1' },
      { task: 'Skipped@1' },
    ]);
    assert.equal(result, 'Failed');
    assert.deepEqual(
      stages.map((stage) => `${stage.displayName} ${stage.result}`),
      [
        'Fails Failed',
        'Skipped Skipped',
        'Post-job: Skipped Succeeded',
        'Post-job: Fails Succeeded',
        'Post-job: PostOnly Succeeded',
      ],
    );
    assert.equal(stages[0]?.message, 'because');
  });

  it('skip no post-job because of a condition, and name the condition in the log', async () => {
    const { stages } = await runSteps(three(), [{ task: 'A@1', condition: 'failed()' }]);
    assert.deepEqual(results(stages), ['Skipped', 'Skipped', 'Succeeded']);
    assert.deepEqual(stages[0]?.log.slice(1), ['Evaluating: failed()', 'Result: False']);
  });

  it('follow the status functions', async () => {
    const folder = writeExtension({ name: 'Fails', main: outcome('Failed') }, { name: 'Ok', main: '' });
    const conditions = ['succeeded()', 'failed()', 'always()', 'succeededOrFailed()', 'canceled()'];
    const { stages } = await runSteps(folder, [
      { task: 'Fails@1' },
      ...conditions.map((condition) => ({ task: 'Ok@1', condition })),
    ]);
    assert.deepEqual(results(stages).slice(1), ['Skipped', 'Succeeded', 'Succeeded', 'Succeeded', 'Skipped']);
  });

  it('share task variables within their step only', async () => {
    const read = shellScript('echo "READ ${VSTS_TASKVARIABLE_MY_STATE-undefined}"');
    const folder = writeExtension({
      name: 'T',
      prejob: read,
      main: `${read}echo "##vso[task.settaskvariable variable=my.state]$SYSTEM_TASKINSTANCENAME"`,
      post: read,
    });
    const { stages } = await runSteps(folder, [{ task: 'T@1' }, { task: 'T@1' }]);
    const read2 = stages.map(({ rawLines }) => rawLines[0]);
    assert.deepEqual(read2, [
      'READ undefined',
      'READ undefined',
      'READ undefined',
      'READ undefined',
      'READ T2',
      'READ T1',
    ]);
    assert.deepEqual(stages[2]?.taskVariables, { 'my.state': { value: 'T1', secret: false } });
  });

  it('share the id of their step and nothing else with other steps', async () => {
    const id = shellScript('echo $SYSTEM_TASKINSTANCEID');
    const folder = writeExtension({ name: 'T', prejob: id, main: id, post: id });
    const { stages } = await runSteps(folder, [{ task: 'T@1' }, { task: 'T@1' }]);
    const [pre1, pre2, main1, main2, post2, post1] = stages.map(({ rawLines }) => rawLines[0]);
    assert.deepEqual([pre1, main1, post1], Array(3).fill(pre1));
    assert.deepEqual([pre2, main2, post2], Array(3).fill(pre2));
    assert.notEqual(pre1, pre2);
  });

  it('evaluate inputs again for the post-job', async () => {
    const inputs = [{ name: 'value', type: 'string', label: 'x' }];
    const show = shellScript('echo "$INPUT_VALUE"');
    const folder = writeExtension({ name: 'T', json: { inputs }, main: show, post: show });
    const { stages } = await runSteps(folder, [
      { task: 'T@1', inputs: { value: '$(later)' } },
      { script: 'echo "##vso[task.setvariable variable=later]now"' },
    ]);
    assert.deepEqual([stages[0]?.rawLines, stages[2]?.rawLines], [['$(later)'], ['now']]);
  });

  it('end as task.complete says, the worst last', async () => {
    const main = printing('##vso[task.complete result=SucceededWithIssues]', '##vso[task.complete result=Succeeded]');
    const folder = writeExtension({ name: 'T', main });
    const { result, stages } = await runSteps(folder, [{ task: 'T@1' }]);
    assert.deepEqual([result, stages[0]?.result], ['SucceededWithIssues', 'SucceededWithIssues']);
  });

  it('stay canceled where the task said so before it said skipped', async () => {
    const main = printing('##vso[task.complete result=Canceled]', '##vso[task.complete result=Skipped]');
    const { result, stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
    assert.deepEqual([result, stages[0]?.result], ['Succeeded', 'Canceled']);
  });

  it('fail by an exit code other than 0', async () => {
    const folder = writeExtension({ name: 'T', main: shellScript('exit 3') });
    const { stages } = await runSteps(folder, [{ task: 'T@1' }]);
    assert.deepEqual([stages[0]?.result, stages[0]?.exitCode], ['Failed', 3]);
    assert.match(stages[0]?.issues[0]?.message ?? '', /^Exit code 3 returned from process: file name '/);
  });

  it('fail the job from the post-job too, unless the step may fail', async () => {
    const folder = writeExtension({ name: 'T', main: '', post: outcome('Failed') });
    assert.equal((await runSteps(folder, [{ task: 'T@1' }])).result, 'Failed');
    const lenient = await runSteps(folder, [{ task: 'T@1', continueOnError: true }]);
    assert.equal(lenient.result, 'SucceededWithIssues');
    assert.deepEqual(results(lenient.stages), ['Succeeded', 'SucceededWithIssues']);
  });

  it('leave out post-jobs on a machine that is lost', async () => {
    const { stages } = await runSteps(three(), [{ task: 'A@1' }], { skipPostJob: true });
    assert.deepEqual(order(stages), ['Pre-job: A', 'A']);
  });

  it('time out', async () => {
    const folder = writeExtension({ name: 'T', main: 'setTimeout(() => {}, 20000)', post: '' });
    const { stages, result } = await runSteps(folder, [{ task: 'T@1', timeoutInMinutes: 0.03 }]);
    assert.deepEqual(results(stages), ['Failed', 'Succeeded']);
    assert.equal(result, 'Failed');
    assert.equal(stages[0]?.issues[0]?.message, 'The task has timed out.');
  });

  it('find the temporary folder empty, and it is emptied after the job', async () => {
    const agentFolder = temporaryFolder();
    const temp = join(agentFolder, '_work', '_temp');
    mkdirSync(temp, { recursive: true });
    writeFileSync(join(temp, 'old'), '');
    const main = shellScript(
      'echo "$AGENT_TEMPDIRECTORY $(ls -A $AGENT_TEMPDIRECTORY | wc -l)"; touch $AGENT_TEMPDIRECTORY/new',
    );
    const { rawLines } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }], { agentFolder });
    assert.deepEqual(rawLines, [`${temp} 0`]);
    assert.deepEqual(readdirSync(temp), []);
    const made = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
    assert.equal(existsSync(made.rawLines[0]?.split(' ')[0] ?? '/'), false);
  });

  it('leave no process behind', async function () {
    if (process.platform !== 'linux') {
      this.skip();
    }
    const main = `const child = require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'],
      { detached: true, stdio: 'ignore' }); console.log(child.pid); child.unref();`;
    const { rawLines } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(existsSync(`/proc/${rawLines[0]}/fd/0`), false);
  });
});

describe('choice of what runs', () => {
  after(removeFolders);

  const handlers = (json: object) => ({ name: 'T', main: printing('run'), json });

  it('takes the Node24 target before the Node20_1 one, unless an option says otherwise', async () => {
    const folder = writeExtension({ name: 'T', main: printing('20'), post: printing('24') });
    const file = join(folder, 'tasks', 'T', 'TV1', 'task.json');
    const json = JSON.parse(readFileSync(file, 'utf8')) as object;
    const execution = { node24: { target: 'postjobexecution.js' }, Node20_1: { target: 'execution.js' }, Node22: {} };
    writeFileSync(file, JSON.stringify({ ...json, execution, postjobexecution: undefined }));
    assert.deepEqual((await runSteps(folder, [{ task: 'T@1' }])).rawLines, ['24']);
    assert.deepEqual((await runSteps(folder, [{ task: 'T@1' }], { handler: 'Node20_1' })).rawLines, ['20']);
  });

  it('fails a step without a usable handler and refuses one that only other runners know', async () => {
    const dead = await runSteps(writeExtension(handlers({ execution: { Node22: { target: 'x.js' } } })), [
      { task: 'T@1' },
    ]);
    assert.match(dead.stages[0]?.issues[0]?.message ?? '', /supported task execution handler was not found/);
    await assert.rejects(
      runSteps(writeExtension(handlers({ execution: { PowerShell3: { target: 'x.ps1' } } })), [{ task: 'T@1' }]),
      (error) => error instanceof JobRefused && /'PowerShell3'/.test(error.message),
    );
  });

  it('refuses tasks that do not exist or that need a newer agent', async () => {
    const folder = writeExtension(handlers({ minimumAgentVersion: '99.0.0' }));
    await assert.rejects(runSteps(folder, [{ task: 'T@1' }]), /demands agent 99\.0\.0/);
    await assert.rejects(runSteps(folder, [{ task: 'T@2' }]), /called 'T' at version '2'; .* holds: T@1/);
    await assert.rejects(runSteps(folder, [{ task: 'U@1' }]), /called 'U'/);
  });

  it('knows the long form of a reference, and whether the contribution exists', async () => {
    const folder = writeExtension({ name: 'T', main: '' });
    writeFileSync(join(folder, 'extension.vsomanifest'), JSON.stringify({ contributions: [{ id: 't-task' }] }));
    assert.equal((await runSteps(folder, [{ task: 'me.my-extension.t-task.T@1.2.3' }])).result, 'Succeeded');
    await assert.rejects(runSteps(folder, [{ task: 'me.my-extension.other.T@1' }]), /no contribution 'other'/);
  });
});
