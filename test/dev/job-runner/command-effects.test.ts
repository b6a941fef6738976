import assert from 'node:assert/strict';
import type { JobOptions, JobResult } from '../../../dev/job-runner';
import { printing, removeFolders, runSteps, shellScript, writeExtension } from './extension';

async function runLines(lines: string[], options: Partial<JobOptions> = {}, json: object = {}): Promise<JobResult> {
  const folder = writeExtension({ name: 'T', json, main: printing(...lines) });
  return await runSteps(folder, [{ task: 'T@1', name: 'step' }], options);
}

const issues = ({ stages }: JobResult) => stages[0]?.issues.map(({ type, message }) => `${type}: ${message}`) ?? [];

describe('logging commands', () => {
  after(removeFolders);

  it('set public and secret job variables', async () => {
    const { variables, secretVariables, log } = await runLines([
      '##vso[task.setvariable variable=a.b]1%0A2',
      '##vso[task.setvariable variable=s;issecret=true]top%3Bsecret',
      'top;secret and top%3Bsecret',
    ]);
    assert.equal(variables['a.b'], '1\n2');
    assert.equal(secretVariables.s, 'top;secret');
    assert.ok(log.includes('*** and ***'));
  });

  it('store an output variable only under the name of its step', async () => {
    const outputVariables = [{ name: 'declared', description: '' }];
    const { variables, outputs } = await runLines(
      ['##vso[task.setvariable variable=out;isoutput=true]1', '##vso[task.setvariable variable=Declared]2'],
      {},
      { outputVariables },
    );
    assert.deepEqual([variables['step.out'], variables.out], ['1', undefined]);
    assert.deepEqual([variables['step.Declared'], variables.Declared], ['2', undefined]);
    assert.deepEqual(outputs, { step: { out: '1', Declared: '2' } });
  });

  it('may set an output again, unless the agent protects the names of read-only variables', async () => {
    const outputVariables = [{ name: 'declared', description: '' }];
    const lines = (name: string) => [
      `##vso[task.setvariable variable=${name};isoutput=true]1`,
      `##vso[task.setvariable variable=${name};isoutput=true]2`,
    ];
    const free = await runLines(lines('out'));
    assert.deepEqual([free.result, free.outputs], ['Succeeded', { step: { out: '2' } }]);
    assert.deepEqual(issues(free), []);
    const options = { protectReadOnlyVariableNames: true };
    const held = await runLines(lines('out'), options);
    assert.deepEqual([held.result, held.outputs], ['Failed', { step: { out: '1' } }]);
    assert.match(issues(held)[1] ?? '', /^error: Cannot overwrite readonly variable 'step\.out'/);
    const declared = ['##vso[task.setvariable variable=declared]1', '##vso[task.setvariable variable=DECLARED]2'];
    assert.equal((await runLines(declared, {}, { outputVariables })).variables['step.DECLARED'], '2');
    assert.equal((await runLines(declared, options, { outputVariables })).result, 'Failed');
  });

  it('keep a read-only name under every form that its environment variable has, where the agent protects it', async () => {
    const line = '##vso[task.setvariable variable=SYSTEM_OIDCREQUESTURI;issecret=true]forged value';
    const free = await runLines([line, 'forged value']);
    assert.deepEqual([free.result, issues(free)], ['Succeeded', []]);
    const held = await runLines([line, 'forged value'], { protectReadOnlyVariableNames: true });
    assert.equal(held.result, 'Failed');
    assert.ok(held.log.includes('forged value'), 'a refused value must not be masked');
    const other = await runLines(['##vso[task.setvariable variable=MINE]1'], { protectReadOnlyVariableNames: true });
    assert.equal(other.result, 'Succeeded');
  });

  it('leave a variable read-only that was', async () => {
    const set = (value: string) => `##vso[task.setvariable variable=Build.BuildId]${value}`;
    const { variables, stages } = await runLines([set('1'), set('2')]);
    assert.deepEqual([variables['Build.BuildId'], stages[0]?.issues.length], ['2', 2]);
  });

  it('warn when a read-only variable is overwritten, or fail if the job says so', async () => {
    const lines = ['##vso[task.setvariable variable=r;isreadonly=true]1', '##vso[task.setvariable variable=R]2'];
    const lenient = await runLines(lines);
    assert.deepEqual([lenient.result, lenient.variables.R], ['Succeeded', '2']);
    assert.match(issues(lenient)[0] ?? '', /^warning: Overwriting readonly variable 'R'/);
    const strict = await runLines(lines, { variables: { 'agent.readOnlyVariables': 'true' } });
    assert.deepEqual([strict.result, strict.variables.r], ['Failed', '1']);
  });

  it('refuse a secret of several lines, and quote the raw line unmasked', async () => {
    const line = '##vso[task.setvariable variable=s;issecret=true]first%0Asecond';
    const result = await runLines([line, '##vso[task.settaskvariable variable=s;issecret=true]third%0Afourth']);
    assert.equal(result.stages[0]?.result, 'Failed');
    assert.ok(issues(result)[0]?.includes(`'${line}'`));
    assert.match(issues(result)[1] ?? '', /multiple lines/);
    assert.ok(issues(result)[2]?.includes('third%0Afourth'));
    assert.deepEqual(Object.keys(result.secretVariables), ['System.AccessToken']);
    const allowed = await runLines([line], { variables: { SYSTEM_UNSAFEALLOWMULTILINESECRET: 'true' } });
    assert.equal(allowed.secretVariables.s, 'first\nsecond');
  });

  it('mask what setsecret registers, from then on', async () => {
    const { stages } = await runLines(['early abc', '##vso[task.setsecret]abc', 'late abc']);
    assert.deepEqual(stages[0]?.log.slice(-3, -1), ['early abc', 'late ***']);
    assert.deepEqual(stages[0]?.rawLines, ['early abc', '##vso[task.setsecret]abc', 'late abc']);
  });

  it('find the secrets of the job masked already, in base64 too', async () => {
    const base64 = Buffer.from('job-secret').toString('base64');
    const { log } = await runLines([`job-secret ${base64}`], { secretVariables: { s: 'job-secret' } });
    assert.ok(log.includes('*** ***'));
  });

  it('set task variables, which may be secret and read-only', async () => {
    const result = await runLines([
      '##vso[task.settaskvariable variable=t;issecret=true;isreadonly=true]quiet',
      '##vso[task.settaskvariable variable=t]quieter',
      'quiet quieter',
    ]);
    assert.deepEqual(result.stages[0]?.taskVariables, { t: { value: 'quieter', secret: true } });
    assert.match(issues(result)[0] ?? '', /readonly task variable 't'/);
    assert.ok(result.log.includes('*** ***'));
  });

  it('log issues in two spellings, with their place', async () => {
    const result = await runLines([
      '##vso[task.logissue type=warning]careful',
      '##vso[task.issue type=Error;sourcepath=a.c;linenumber=3;columnnumber=4;code=C1]broken',
      '##vso[task.logissue]nothing',
    ]);
    assert.deepEqual(issues(result), [
      'warning: careful',
      'error: a.c(3,4): Error C1: broken',
      "warning: Can't create TaskIssue from logging event.",
    ]);
    assert.ok(result.log.includes('##[warning]careful'));
    assert.equal(result.result, 'Succeeded');
  });

  it('know results only in their exact case and spelling', async () => {
    for (const result of ['failed', 'Cancelled', 'Abandoned', '']) {
      const run = await runLines([`##vso[task.complete result=${result}]x`]);
      assert.equal(run.stages[0]?.result, 'Failed', result);
      assert.match(issues(run)[0] ?? '', /^error: Unable to process command/);
    }
  });

  it('count on standard error as on standard output', async () => {
    const main = shellScript("echo '##vso[task.complete result=Failed]stderr' >&2");
    const { stages } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
    assert.deepEqual([stages[0]?.result, stages[0]?.message], ['Failed', 'stderr']);
  });

  it('show debug lines and an echo of each command only while debugging', async () => {
    const lines = ['##vso[task.setsecret]abc', '##vso[task.debug]value abc', '##vso[task.setprogress value=5]abc'];
    assert.ok(!(await runLines(lines)).log.some((line) => line.startsWith('##[debug]')));
    const { log } = await runLines(lines, { debug: true });
    assert.ok(log.includes('##[debug]value ***'));
    assert.ok(log.includes('##[debug]Processed: ##vso[task.setsecret]***'));
    assert.ok(log.includes('##[debug]Processed: ##vso[task.setprogress value=5]***'));
    assert.ok(!log.includes('##[debug]Processed: ##vso[task.debug]value ***'));
  });

  it('warn of an illegal command and show its line', async () => {
    const result = await runLines(['see ##vso[broken and go on']);
    assert.match(issues(result)[0] ?? '', /^warning: 'see ##vso\[broken and go on' contains .* not a legal command/);
    assert.ok(result.log.includes('see ##vso[broken and go on'));
    assert.equal(result.result, 'Succeeded');
  });

  it('warn of an unknown area, and fail the step over an unknown event', async () => {
    const area = await runLines(['##vso[nowhere.event]x']);
    assert.deepEqual([area.result, issues(area).length], ['Succeeded', 1]);
    assert.match(issues(area)[0] ?? '', /^warning: Cannot find command extension for ##vso\[nowhere\.command\]/);
    const event = await runLines(['##vso[task.unknown]x']);
    assert.equal(event.result, 'Failed');
    assert.match(issues(event)[1] ?? '', /##vso\[task\.unknown\] is not a recognized command/);
  });

  it('fail the step over an area that this kind of job does not have', async () => {
    const result = await runLines(['##vso[codecoverage.publish]x'], { hostType: 'release' });
    assert.equal(result.result, 'Failed');
    assert.match(issues(result)[0] ?? '', /codecoverage commands are not supported for release flow/);
  });

  it('fail the step over what this runner does not support, by name', async () => {
    const setting = '##vso[task.setvariable variable=decode.percents]false';
    const result = await runLines(['##vso[task.uploadsummary]x', '##vso[build.addbuildtag]y', setting]);
    assert.equal(result.result, 'Failed');
    assert.match(issues(result)[1] ?? '', /##vso\[task\.uploadsummary\] is not supported by this runner/);
    assert.match(issues(result)[3] ?? '', /##vso\[build\.addbuildtag\] is not supported by this runner/);
    assert.match(issues(result)[5] ?? '', /'decode\.percents' is a setting of the agent that is not supported/);
  });

  it('reach the hook after their effect, while the next line waits', async () => {
    const events: string[] = [];
    await runLines(['##vso[task.setsecret]abc', 'abc', '##vso[task.complete result=Succeeded]'], {
      onLine: (line) => events.push(line),
      onCommand: async ({ event, data }, { name, stage, attempt, processId }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        events.push(`${event} ${data} ${name} ${stage} ${attempt} ${typeof processId}`);
      },
    });
    assert.deepEqual(events.slice(-4, -1), ['setsecret abc step main 1 number', '***', 'complete  step main 1 number']);
  });

  it('end the job with the error of a hook', async () => {
    const failing = runLines(['##vso[task.debug]x'], {
      onCommand: () => {
        throw new Error('from the hook');
      },
    });
    await assert.rejects(failing, /^Error: from the hook$/);
  });
});

describe('restrictions', () => {
  after(removeFolders);

  const restrictions = { commands: { mode: 'restricted' }, settableVariables: { allowed: ['Free', 'PATH'] } };

  it('of a task swallow a command with a warning', async () => {
    const result = await runLines(['##vso[task.uploadsummary]x', '##vso[build.addbuildtag]y'], {}, { restrictions });
    assert.equal(result.result, 'Succeeded');
    assert.match(issues(result)[0] ?? '', /^warning: ##vso\[task\.uploadsummary\] is not allowed in this step/);
    assert.equal(issues(result).length, 2);
  });

  it('of a task swallow a variable with a warning, yet mask it', async () => {
    const result = await runLines(
      [
        '##vso[task.setvariable variable=other;issecret=true]hidden',
        'hidden',
        '##vso[task.setvariable variable=free]1',
        '##vso[task.settaskvariable variable=any]2',
        '##vso[task.prependpath]/x',
      ],
      {},
      { restrictions },
    );
    assert.deepEqual(issues(result), [
      "warning: Setting variable 'other' has been disabled by the task or build definition.",
    ]);
    assert.ok(result.log.includes('***'));
    assert.equal(result.secretVariables.other, undefined);
    assert.equal(result.variables.free, '1');
    assert.equal(result.stages[0]?.taskVariables.any?.value, '2');
  });

  it('of the step come on top, in every stage', async () => {
    const lines = printing('##vso[task.setvariable variable=v]1', '##vso[build.uploadlog]x');
    const folder = writeExtension({ name: 'T', main: lines, post: lines });
    const target = { commands: 'restricted', settableVariables: 'none' };
    const { stages, variables } = await runSteps(folder, [{ task: 'T@1', target }]);
    assert.deepEqual(
      stages.map((stage) => [stage.result, stage.issues.length]),
      [
        ['Succeeded', 2],
        ['Succeeded', 2],
      ],
    );
    assert.equal(variables.v, undefined);
    const script = 'echo "##vso[task.setvariable variable=v]1"';
    const set = async (pattern: string) => {
      const { variables, result } = await runSteps(folder, [{ script, target: { settableVariables: [pattern] } }]);
      assert.equal(result, 'Succeeded');
      return variables.v;
    };
    assert.deepEqual([await set('V'), await set('*'), await set('?')], ['1', '1', '1']);
    assert.deepEqual([await set('vv'), await set('?v*')], [undefined, undefined]);
  });
});
