import assert from 'node:assert/strict';
import { type Connection, JobRefused } from '../../../dev/job-runner';
import { dumpEnvironment, dumpedEnvironment, printing, removeFolders, runSteps, writeExtension } from './extension';

const connections: Connection[] = [
  {
    name: 'One',
    type: 'issuer',
    url: 'https://one.test',
    authorization: { scheme: 'None', parameters: { password: 'one-password', tenantId: 'one-tenant' } },
  },
  {
    name: 'Two',
    type: 'AzureRM',
    url: 'https://two.test',
    authorization: { scheme: 'ServicePrincipal', parameters: {} },
  },
];

function extension(type: string): string {
  const inputs = [{ name: 'connection', type, label: 'x', aliases: ['service'] }];
  return writeExtension({ name: 'T', json: { inputs }, main: dumpEnvironment });
}

function refused(type: string, inputs: Record<string, string>, message: RegExp, list = connections): Promise<void> {
  return assert.rejects(
    runSteps(extension(type), [{ task: 'T@1', inputs }], { connections: list }),
    (error) => error instanceof JobRefused && message.test(error.message),
  );
}

describe('service connections', () => {
  after(removeFolders);

  it('are found by name or id, through a macro, and become ids', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    const [one] = connections as [Connection];
    const folder = extension('connectedService:Issuer');
    for (const connection of ['ONE', id.toUpperCase(), '$(name)']) {
      const { rawLines } = await runSteps(folder, [{ task: 'T@1', inputs: { service: connection } }], {
        connections: [{ ...one, id }],
        variables: { name: 'One' },
      });
      assert.equal(dumpedEnvironment(rawLines).INPUT_CONNECTION, id, connection);
    }
  });

  it('that do not exist refuse the pipeline before anything runs', async () => {
    await refused(
      'connectedService:Issuer',
      { connection: 'None' },
      /^The pipeline is not valid\. Job Job: Step T input connection references service connection None which could not be found\./,
    );
  });

  it('of another type or scheme refuse it too', async () => {
    await refused(
      'connectedService:Issuer',
      { connection: 'Two' },
      /expects a service connection of type Issuer but the provided service connection Two is of type AzureRM/,
    );
    await refused(
      'connectedService:AzureRM:WorkloadIdentityFederation',
      { connection: 'Two' },
      /authentication scheme ServicePrincipal/,
    );
  });

  it('with the same name, a wrong id or a wrong URL are refused', async () => {
    const [one] = connections as [Connection];
    await refused('string', {}, /two service connections named 'One'/, [one, one]);
    await refused('string', {}, /id of service connection 'One'/, [{ ...one, id: 'x' }]);
    await refused('string', {}, /URL of service connection 'One'/, [{ ...one, url: 'nowhere' }]);
  });

  it('have their secrets masked from the start, but not what the agent takes for public', async () => {
    const folder = writeExtension({
      name: 'T',
      json: { inputs: [{ name: 'connection', type: 'connectedService:Issuer', label: 'x' }] },
      main: printing('one-password one-tenant token-of-job'),
    });
    const { log } = await runSteps(folder, [{ task: 'T@1', inputs: { connection: 'One' } }], {
      connections,
      jobAccessToken: 'token-of-job',
    });
    assert.ok(log.includes('*** one-tenant ***'));
  });

  it('are kept from pull requests of forks: the stage is skipped', async () => {
    const variables = { 'System.RestrictSecrets': 'True', 'System.PullRequest.IsFork': 'True' };
    const run = (inputs: object) =>
      runSteps(extension('connectedService:Issuer'), [{ task: 'T@1', inputs }], { connections, variables });
    const refusedRun = await run({ connection: 'One' });
    assert.deepEqual(
      refusedRun.stages.map(({ result, rawLines }) => [result, rawLines]),
      [['Skipped', []]],
    );
    assert.equal((await run({})).stages[0]?.result, 'Succeeded');
  });

  it('refuse secure files', async () => {
    await refused('secureFile', { connection: 'x' }, /secure files are not supported/);
  });
});
