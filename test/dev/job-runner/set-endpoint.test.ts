import assert from 'node:assert/strict';
import type { Connection, JobResult } from '../../../dev/job-runner';
import { dumpEnvironment, dumpedEnvironment, printing, removeFolders, runSteps, writeExtension } from './extension';

const key = '1b2c3d4e-0000-4000-8000-abcdefabcdef';
const unused = '2b2c3d4e-0000-4000-8000-abcdefabcdef';
const connections: Connection[] = [
  {
    name: 'Agents',
    id: key,
    type: 'Issuer',
    url: 'https://example.test/org',
    data: { tenantId: 't' },
    authorization: { scheme: 'None', parameters: { refreshToken: 'r-secret' } },
  },
  { name: 'Other', id: unused, type: 'Issuer', url: 'https://other.test/' },
];
const inputs = [{ name: 'issuer', type: 'connectedService:Issuer', label: 'x' }];

/** Runs a task that prints these lines, then one that shows which connection it is given. */
async function change(lines: string[], step: object = {}): Promise<{ job: JobResult; seen: Record<string, string> }> {
  const folder = writeExtension(
    { name: 'Change', main: printing(...lines) },
    { name: 'Dump', json: { inputs }, main: dumpEnvironment, post: dumpEnvironment },
  );
  const use = { task: 'Dump@1', inputs: { issuer: 'Agents' }, condition: 'always()' };
  const job = await runSteps(folder, [{ task: 'Change@1', ...step }, use], { connections });
  return { job, seen: dumpedEnvironment(job.stages[1]?.rawLines ?? []) };
}

const command = (properties: string, value: string) => `##vso[task.setendpoint ${properties}]${value}`;

describe('##vso[task.setendpoint]', () => {
  after(removeFolders);

  it('changes url, data and authorization of a connection for every later stage', async () => {
    const { job, seen } = await change([
      command(`id=${key};field=url`, 'http://127.0.0.1:9/x'),
      command(`id=${key.toUpperCase()};field=DataParameter;key=TENANTID`, 'other'),
      command(`id={${key}};field=dataParameter;key=authorityUrl`, 'http://127.0.0.1:9'),
      command(`id=${key.replaceAll('-', '')};field=authParameter;key=refreshToken`, 'forged'),
    ]);
    assert.equal(job.result, 'Succeeded');
    assert.equal(seen[`ENDPOINT_URL_${key}`], 'http://127.0.0.1:9/x');
    assert.equal(seen[`ENDPOINT_DATA_${key}`], '{"tenantId":"other","authorityUrl":"http://127.0.0.1:9"}');
    assert.equal(seen[`ENDPOINT_DATA_${key}_AUTHORITYURL`], 'http://127.0.0.1:9');
    assert.equal(seen[`ENDPOINT_AUTH_PARAMETER_${key}_REFRESHTOKEN`], 'forged');
    assert.deepEqual(dumpedEnvironment(job.stages[2]?.rawLines ?? [])[`ENDPOINT_URL_${key}`], 'http://127.0.0.1:9/x');
  });

  it('masks an authorization even where the command fails', async () => {
    const { job } = await change([
      'before hidden-one',
      command('field=authParameter', 'hidden-one'),
      'after hidden-one',
    ]);
    assert.equal(job.stages[0]?.result, 'Failed');
    const log = job.stages[0]?.log.join('\n') ?? '';
    assert.match(log, /before hidden-one/);
    assert.match(log, /after \*\*\*/);
  });

  const refused: Record<string, string> = {
    "the job's own connection by its name": command('id=SYSTEMVSSCONNECTION;field=url', 'http://127.0.0.1:9'),
    "the job's own connection by the empty id": command(
      'id=00000000-0000-0000-0000-000000000000;field=url',
      'http://127.0.0.1:9',
    ),
    'a connection that no step of the job refers to': command(`id=${unused};field=url`, 'http://127.0.0.1:9'),
    'an empty value': command(`id=${key};field=dataParameter;key=tenantId`, ''),
    'no field': command(`id=${key};key=tenantId`, 'x'),
    'no id': command('field=dataParameter;key=tenantId', 'x'),
    'no key': command(`id=${key};field=dataParameter`, 'x'),
    'an unknown field': command(`id=${key};field=scheme;key=x`, 'x'),
    'a URL that is none': command(`id=${key};field=url`, 'nowhere'),
  };
  for (const [what, line] of Object.entries(refused)) {
    it(`fails the step over ${what}, and changes nothing`, async () => {
      const { job, seen } = await change([line]);
      assert.equal(job.stages[0]?.result, 'Failed');
      assert.equal(seen[`ENDPOINT_URL_${key}`], 'https://example.test/org');
      assert.equal(seen[`ENDPOINT_DATA_${key}`], '{"tenantId":"t"}');
      assert.equal(seen.ENDPOINT_URL_SYSTEMVSSCONNECTION, 'https://dev.azure.com/fabrikam/');
    });
  }

  it('is swallowed with a warning where the step is restricted', async () => {
    const line = command(`id=${key};field=url`, 'http://127.0.0.1:9/x');
    const { job, seen } = await change([line], { target: { commands: 'restricted' } });
    assert.deepEqual([job.result, job.stages[0]?.issues.length], ['Succeeded', 1]);
    assert.match(job.stages[0]?.issues[0]?.message ?? '', /not allowed in this step due to policy restrictions/);
    assert.equal(seen[`ENDPOINT_URL_${key}`], 'https://example.test/org');
  });
});
