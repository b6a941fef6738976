import assert from 'node:assert/strict';
import type { Connection } from '../../../dev/job-runner';
import { dumpEnvironment, dumpedEnvironment, printing, removeFolders, runSteps, writeExtension } from './extension';

const id = '1B2C3D4E-0000-4000-8000-ABCDEFABCDEF';
const key = id.toLowerCase();
const connections: Connection[] = [
  {
    name: 'Agents',
    id,
    type: 'Issuer',
    url: 'https://example.test',
    data: { tenantId: 't', 'a.b c': 'd' },
    authorization: { scheme: 'None', parameters: { refreshToken: 'r-secret', 'x.y': 'z-secret' } },
  },
  { name: 'Other', type: 'Issuer', url: 'https://other.test/' },
];
const inputs = [
  { name: 'issuer', type: 'connectedService:Issuer', label: 'x' },
  { name: 'textValue', type: 'string', label: 'x', defaultValue: '  by default ', aliases: ['oldName'] },
  { name: 'file', type: 'filePath', label: 'x' },
  { name: 'unset', type: 'string', label: 'x' },
];

async function environmentOf(step: object, options: object = {}): Promise<Record<string, string>> {
  const folder = writeExtension({ name: 'Dump', json: { inputs }, main: dumpEnvironment });
  const { result, rawLines } = await runSteps(folder, [{ task: 'Dump@1', ...step }], { connections, ...options });
  assert.equal(result, 'Succeeded');
  return dumpedEnvironment(rawLines);
}

describe("a task's environment", () => {
  after(removeFolders);

  it('holds inputs under their declared names, defaults and empty ones included', async () => {
    const environment = await environmentOf({ inputs: { TEXTVALUE: ' given ', file: 'sub/x.txt' } });
    assert.equal(environment.INPUT_TEXTVALUE, 'given');
    assert.equal(environment.INPUT_UNSET, '');
    assert.equal(environment.INPUT_FILE, `${environment.BUILD_SOURCESDIRECTORY}/sub/x.txt`);
    assert.equal((await environmentOf({})).INPUT_TEXTVALUE, 'by default');
    assert.equal((await environmentOf({ inputs: { oldname: 'alias' } })).INPUT_TEXTVALUE, 'alias');
  });

  it('expands macros in inputs once: first variables, then the worker environment', async () => {
    const environment = await environmentOf(
      { inputs: { textValue: '$(A) $(WORKER) $(nowhere)' } },
      { variables: { a: '$(b)', b: '$(literal)' }, processEnvironment: { ...process.env, WORKER: 'w' } },
    );
    assert.equal(environment.INPUT_TEXTVALUE, '$(literal) w $(nowhere)');
  });

  it('holds public variables under mangled names, and secret ones only as SECRET_', async () => {
    const environment = await environmentOf(
      {},
      { variables: { 'my.dotted name-x': '1' }, secretVariables: { 'my.secret': 's' } },
    );
    assert.equal(environment['MY_DOTTED_NAME-X'], '1');
    assert.equal(environment.SECRET_MY_SECRET, 's');
    assert.equal(environment.MY_SECRET, undefined);
    assert.ok(JSON.parse(environment.VSTS_PUBLIC_VARIABLES ?? '').includes('my.dotted name-x'));
    assert.deepEqual(JSON.parse(environment.VSTS_SECRET_VARIABLES ?? ''), ['System.AccessToken', 'my.secret']);
    assert.equal(environment.SYSTEM_ACCESSTOKEN, undefined);
  });

  it('holds only the connections that its inputs name, and the system connection', async () => {
    const environment = await environmentOf(
      { inputs: { issuer: 'agents' } },
      { organizationUrl: 'https://dev.azure.com/org', jobAccessToken: 'job-token' },
    );
    const endpoint = Object.entries(environment).filter(([name]) => name.startsWith('ENDPOINT_'));
    assert.deepEqual(Object.fromEntries(endpoint), {
      [`ENDPOINT_URL_${key}`]: 'https://example.test/',
      [`ENDPOINT_AUTH_${key}`]: '{"parameters":{"refreshToken":"r-secret","x.y":"z-secret"},"scheme":"None"}',
      [`ENDPOINT_AUTH_SCHEME_${key}`]: 'None',
      [`ENDPOINT_AUTH_PARAMETER_${key}_REFRESHTOKEN`]: 'r-secret',
      [`ENDPOINT_AUTH_PARAMETER_${key}_X_Y`]: 'z-secret',
      [`ENDPOINT_DATA_${key}`]: '{"tenantId":"t","a.b c":"d"}',
      [`ENDPOINT_DATA_${key}_TENANTID`]: 't',
      [`ENDPOINT_DATA_${key}_A_B_C`]: 'd',
      ENDPOINT_URL_SYSTEMVSSCONNECTION: 'https://dev.azure.com/org/',
      ENDPOINT_AUTH_SYSTEMVSSCONNECTION: '{"parameters":{"AccessToken":"job-token"},"scheme":"OAuth"}',
      ENDPOINT_AUTH_SCHEME_SYSTEMVSSCONNECTION: 'OAuth',
      ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: 'job-token',
    });
    assert.equal(environment.INPUT_ISSUER, key);
  });

  it('names the agent, the job and the step', async () => {
    const environment = await environmentOf({ name: 'dumper', displayName: 'Dump it' });
    assert.equal(environment.TF_BUILD, 'True');
    assert.match(environment.AGENT_VERSION ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal(environment['agent.jobstatus'], 'Succeeded');
    assert.equal(environment.AGENT_JOBSTATUS, 'Succeeded');
    assert.equal(environment.SYSTEM_HOSTTYPE, 'build');
    assert.match(environment.BUILD_BUILDID ?? '', /^\d+$/);
    assert.match(environment.SYSTEM_JOBID ?? '', /^[0-9a-f-]{36}$/);
    assert.match(environment.SYSTEM_TASKINSTANCEID ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(environment.TASK_DISPLAYNAME, 'Dump it');
    assert.equal(environment.SYSTEM_TASKDISPLAYNAME, 'Dump it');
    assert.equal(environment.SYSTEM_TASKINSTANCENAME, 'dumper');
    assert.equal(environment.TASK_PUBLISHTELEMETRY, 'False');
    assert.match(environment.SYSTEM_OIDCREQUESTURI ?? '', /\/oidctoken$/);
  });

  it('names the step no longer when it has ended', async () => {
    const { variables } = await runSteps(writeExtension({ name: 'T', main: '' }), [{ task: 'T@1' }]);
    assert.deepEqual(
      Object.keys(variables).filter((name) => /^(task\.|system\.task(inst|disp))/i.test(name)),
      [],
    );
  });

  it('has release variables in a release and no build variables', async () => {
    const environment = await environmentOf({}, { hostType: 'release' });
    assert.equal(environment.SYSTEM_HOSTTYPE, 'release');
    assert.match(environment.RELEASE_RELEASEID ?? '', /^\d+$/);
    assert.deepEqual(
      Object.keys(environment).filter((name) => name.startsWith('BUILD_')),
      [],
    );
  });

  it('inherits nothing of this process that a task could misread', async () => {
    process.env.INPUT_LEFTOVER = 'x';
    process.env.SECRET_LEFTOVER = 'x';
    try {
      const names = Object.keys(await environmentOf({}));
      assert.ok(names.includes('PATH'));
      assert.deepEqual(
        names.filter((name) => name.includes('LEFTOVER')),
        [],
      );
    } finally {
      delete process.env.INPUT_LEFTOVER;
      delete process.env.SECRET_LEFTOVER;
    }
  });

  it('is refused where a setting would have the agent make it, or mask, otherwise', async () => {
    const refused = { name: 'JobRefused', message: /is a setting of the agent that is not supported by this runner/ };
    await assert.rejects(environmentOf({}, { variables: { DISABLE_INPUT_TRIMMING: 'true' } }), refused);
    const processEnvironment = { ...process.env, AZP_IGNORE_SECRETS_SHORTER_THAN: '6' };
    await assert.rejects(environmentOf({}, { processEnvironment }), refused);
  });

  it('takes the step env, trimmed and expanded, below variables of the same name', async () => {
    const environment = await environmentOf(
      { env: { MAPPED: ' $(secret) ', TAKEN: 'from env' } },
      { variables: { taken: 'from variable' }, secretVariables: { secret: 's3' } },
    );
    assert.equal(environment.MAPPED, 's3');
    assert.equal(environment.TAKEN, 'from variable');
  });

  const forged = {
    SYSTEM_JOBID: 'env',
    INPUT_TEXTVALUE: 'env',
    [`ENDPOINT_URL_${key}`]: 'env',
    [`ENDPOINT_DATA_${key}`]: 'env',
    [`ENDPOINT_DATA_${key}_TENANTID`]: 'env',
    ENDPOINT_URL_SYSTEMVSSCONNECTION: 'env',
    VSTS_PUBLIC_VARIABLES: 'env',
    VSTS_TASKVARIABLE_SET: 'env',
  };
  const missing = {
    [`ENDPOINT_DATA_${key}_ALLOWEDSCOPES`]: 'env',
    [`endpoint_data_${key}`]: 'env',
    INPUT_UNKNOWN: 'env',
    input_textvalue: 'env',
    VSTS_TASKVARIABLE_UNSET: 'env',
    vsts_taskvariable_set: 'env',
  };

  /** What the second task of a step with a task variable finds, and what of it the step's `env:` said. */
  async function namesFromEnv(options: object = {}): Promise<string[]> {
    const main = printing('##vso[task.settaskvariable variable=set]main');
    const folder = writeExtension({ name: 'Dump', json: { inputs }, main, post: dumpEnvironment });
    const step = { task: 'Dump@1', inputs: { issuer: 'agents' }, env: { ...forged, ...missing } };
    const { rawLines } = await runSteps(folder, [step], { connections, ...options });
    const environment = dumpedEnvironment(rawLines);
    return Object.keys(environment).filter((name) => environment[name] === 'env');
  }

  it('lets the step env stand for what the agent does not write, in this case of letters, and for nothing else', async () => {
    assert.deepEqual((await namesFromEnv()).sort(), Object.keys(missing).sort());
  });

  it('lets a variable stand below inputs and connections, or above them on other agents', async () => {
    const step = { task: 'Set@1' };
    const lines = Object.keys(forged).map(
      (name) => `##vso[task.setvariable variable=${name};preservecase=true]variable`,
    );
    const folder = writeExtension(
      { name: 'Set', main: printing(...lines) },
      { name: 'Dump', json: { inputs }, main: dumpEnvironment },
    );
    const replaced = async (variablesLast: boolean) => {
      const steps = [step, { task: 'Dump@1', inputs: { issuer: 'agents' } }];
      const { rawLines } = await runSteps(folder, steps, { connections, variablesLast });
      const environment = dumpedEnvironment(rawLines);
      return Object.keys(forged).filter((name) => environment[name] === 'variable');
    };
    assert.deepEqual(await replaced(false), ['SYSTEM_JOBID', 'VSTS_TASKVARIABLE_SET']);
    assert.deepEqual(
      await replaced(true),
      Object.keys(forged).filter((name) => name !== 'VSTS_PUBLIC_VARIABLES'),
    );
  });

  it('starts in the default working directory, below a work folder of its own', async () => {
    const main =
      "console.log('CWD ' + process.cwd() + ' ' + __dirname + ' ' + process.env.SYSTEM_DEFAULTWORKINGDIRECTORY)";
    const { rawLines } = await runSteps(writeExtension({ name: 'Where', main }), [{ task: 'Where@1' }]);
    const [, cwd, folder, expected] = (rawLines[0] ?? '').split(' ');
    assert.equal(cwd, expected);
    assert.match(folder ?? '', /_work\/_tasks\/Where_0f9d1b3e-53a1-4c7f-9d0e-2b1c3d4e5f60\/1\.2\.3$/);
  });

  it('passes an undeclared input on, with a warning', async () => {
    const folder = writeExtension({ name: 'Dump', json: { inputs }, main: dumpEnvironment });
    const { rawLines, stages } = await runSteps(folder, [{ task: 'Dump@1', inputs: { typo: 'x' } }]);
    assert.equal(dumpedEnvironment(rawLines).INPUT_TYPO, 'x');
    assert.match(stages[0]?.issues[0]?.message ?? '', /does not declare the input 'typo'/);
  });

  it('prepends paths in reverse order of their commands', async () => {
    const folder = writeExtension(
      { name: 'Add', main: printing('##vso[task.prependpath]/first', '##vso[task.prependpath]/second') },
      { name: 'Dump', main: dumpEnvironment },
    );
    const { rawLines } = await runSteps(folder, [{ task: 'Add@1' }, { task: 'Dump@1' }]);
    assert.match(dumpedEnvironment(rawLines).PATH ?? '', /^\/second:\/first:./);
  });
});
