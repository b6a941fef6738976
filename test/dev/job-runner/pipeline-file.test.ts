import assert from 'node:assert/strict';
import { JobRefused, parsePipeline } from '../../../dev/job-runner';

function refusal(pipeline: string | object, message: RegExp): void {
  assert.throws(
    () => parsePipeline(pipeline),
    (error) => error instanceof JobRefused && message.test(error.message),
    `expected ${message}`,
  );
}

function steps(...list: object[]): object {
  return { steps: list };
}

describe('pipeline file', () => {
  it('reads scalars as text, as the service does', () => {
    const { steps: list, variables } = parsePipeline(
      'variables:\n  version: 1.10\nsteps:\n- task: A@1\n  inputs:\n    minutes: 060\n    flag: True\n    empty:\n',
    );
    assert.deepEqual(variables, [{ name: 'version', value: '1.10', readOnly: false }]);
    const [step] = list;
    assert.ok(step?.kind === 'task');
    assert.deepEqual(step.inputs, { minutes: '060', flag: 'True', empty: '' });
  });

  it('finds the one job under steps, jobs or stages, with variables from the outside in', () => {
    const list = [{ script: 'x' }];
    assert.equal(parsePipeline({ steps: list }).name, 'Job');
    const job = { job: 'Build', displayName: 'The build', pool: { vmImage: 'x' }, variables: { a: '3' }, steps: list };
    assert.equal(parsePipeline({ jobs: [job] }).displayName, 'The build');
    const stage = { stage: 'S', variables: [{ name: 'a', value: '2', readonly: true }], jobs: [job] };
    const parsed = parsePipeline({ name: 'n', trigger: 'none', pr: 'none', variables: { a: '1' }, stages: [stage] });
    assert.equal(parsed.stageName, 'S');
    assert.deepEqual(
      parsed.variables.map(({ value, readOnly }) => [value, readOnly]),
      [
        ['1', false],
        ['2', true],
        ['3', false],
      ],
    );
  });

  it('names the keys that it passes over: when and where the pipeline runs', () => {
    const list = [{ script: 'x' }];
    const schedules = [{ cron: '30 2 * * *' }];
    const { passedOver } = parsePipeline({ trigger: 'none', schedules, pool: 'Default', steps: list });
    assert.deepEqual(passedOver, ['trigger', 'schedules', 'pool']);
    assert.deepEqual(parsePipeline({ steps: list }).passedOver, []);
    refusal({ resources: {}, steps: list }, /^resources: the key 'resources' is not supported/);
  });

  it('names unnamed steps after their task, numbered where several share it', () => {
    const names = parsePipeline(
      steps(
        { task: 'Alone@1' },
        { script: 'a' },
        { script: 'b', name: 'CmdLine1', displayName: 'Shown' },
        { script: 'c' },
        { task: 'pub.ext.contribution.Long@1' },
      ),
    ).steps.map(({ name, displayName }) => [name, displayName]);
    assert.deepEqual(names, [
      ['Alone', 'Alone'],
      ['CmdLine2', 'CmdLine'],
      ['CmdLine1', 'Shown'],
      ['CmdLine3', 'CmdLine'],
      ['Long', 'Long'],
    ]);
  });

  it('leaves out disabled steps and an explicit checkout of nothing', () => {
    assert.deepEqual(parsePipeline(steps({ checkout: 'none' }, { script: 'x', enabled: 'false' })).steps, []);
  });

  it('refuses unknown keys by name and path', () => {
    refusal({ resources: {}, steps: [] }, /resources: the key 'resources'/);
    refusal({ extends: { template: 'x' } }, /'extends'/);
    refusal(steps({ script: 'x', retries: '1' }), /steps\[0\]\.retries/);
    refusal({ jobs: [{ job: 'a', strategy: {}, steps: [] }] }, /jobs\[0\]\.strategy/);
    refusal({ stages: [{ stage: 'a', dependsOn: 'b', jobs: [{ job: 'a' }] }] }, /stages\[0\]\.dependsOn/);
    refusal(steps({ script: 'x', target: { container: 'c' } }), /steps\[0\]\.target\.container/);
    refusal(steps({ bash: 'x', inputs: {} }), /steps\[0\]\.inputs/);
  });

  it('refuses other kinds of steps and jobs', () => {
    refusal(steps({ powershell: 'x' }), /steps\[0\].*powershell/);
    refusal(steps({ script: 'x', name: '__system_pretargettask_1' }), /steps\[0\]\.name: .* decorator/);
    refusal(steps({ template: 'x.yml' }), /steps\[0\].*template/);
    refusal(steps({ checkout: 'git://other/repository' }), /steps\[0\]\.checkout/);
    refusal({ jobs: [{ deployment: 'd' }] }, /deployment/);
    refusal({ jobs: [{ job: 'a' }, { job: 'b' }] }, /exactly one job; here are 2/);
    refusal({ variables: {} }, /neither steps, jobs nor stages/);
  });

  it('refuses expressions and conditions that it cannot evaluate', () => {
    refusal(steps({ script: `echo $${'{{'} parameters.x }}` }), /steps\[0\]\.script: template expressions/);
    refusal({ variables: { a: '$[ counter() ]' }, steps: [] }, /variables: 'a' is a runtime expression/);
    refusal({ variables: [{ group: 'g' }], steps: [] }, /variables\[0\]\.group/);
    const refused = 'counter(variables.a, 1)';
    refusal(
      steps({ script: 'x', condition: refused }),
      /^steps\[0\]\.condition: .*'counter\(variables\.a, 1\)'.*counter/,
    );
    refusal({ jobs: [{ job: 'a', condition: "succeeded('b')", steps: [] }] }, /^jobs\[0\]\.condition: .*takes 0/);
    const stage = { stage: 's', condition: 'dependencies.a.result', jobs: [{ job: 'a' }] };
    refusal({ stages: [stage] }, /^stages\[0\]\.condition: .*'dependencies'/);
  });

  it('fills in parameters, and takes a key or a step under a condition as they say', () => {
    const pipeline = {
      parameters: [
        { name: 'kind', default: 'one', values: ['one', 'two'] },
        { name: 'flag', type: 'boolean', default: false },
      ],
      steps: [
        {
          script: 'echo $' + '{{ parameters.kind }} $' + '{{parameters.flag}}',
          env: { ['$' + "{{ if eq(parameters.kind, 'two') }}"]: { A: 'b' } },
        },
        { ['$' + '{{ if eq(parameters.flag, true) }}']: [{ script: 'more' }] },
      ],
    };
    const summary = (parameters = {}) =>
      parsePipeline(pipeline, parameters).steps.map((step) => [step.kind === 'task' ? '' : step.script, step.env]);
    assert.deepEqual(summary(), [['echo one False', {}]]);
    assert.deepEqual(summary({ kind: 'two', flag: 'true' }), [
      ['echo two True', { A: 'b' }],
      ['more', {}],
    ]);
    const refused = (parameters: Record<string, string>, problem: RegExp) =>
      assert.throws(
        () => parsePipeline(pipeline, parameters),
        (error) => error instanceof JobRefused && problem.test(error.message),
      );
    refused({ kind: 'three' }, /'three' is none of the values of 'kind': one, two/);
    refused({ other: 'x' }, /no parameter 'other'/);
    refusal({ parameters: [{ name: 'a' }], steps: [] }, /'a' has no value/);
    refusal({ parameters: [{ name: 'a', type: 'object', default: 'x' }], steps: [] }, /the type 'object'/);
  });

  it('refuses values of the wrong kind', () => {
    refusal(steps({ script: 'x', enabled: 'maybe' }), /steps\[0\]\.enabled: 'maybe'/);
    refusal(steps({ script: 'x', timeoutInMinutes: 'soon' }), /timeoutInMinutes/);
    refusal(steps({ script: 'x', name: 'has space' }), /steps\[0\]\.name/);
    refusal(steps({ script: 'x', name: 'a' }, { script: 'y', name: 'A' }), /must be unique/);
    refusal(steps({ task: 'NoVersion' }), /steps\[0\]\.task/);
    refusal(steps({ task: 'A@1', inputs: { list: ['x'] } }), /steps\[0\]\.inputs\.list: expected a single value/);
    refusal('steps: [', /not valid YAML/);
    refusal('a: &x 1\nsteps: []\n', /Anchors/);
  });
});
