import assert from 'node:assert/strict';
import { azureDevOpsConnection, azureRmConnection } from '../../../dev/commands/emulated-connections';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import type { Connection, JobOptions } from '../../../dev/job-runner';
import { claimsOf } from '../emulator/calls';
import { dumpEnvironment, dumpedEnvironment, removeFolders, runSteps, writeExtension } from './extension';

/** What a task does with such a connection, in as few words as possible. */
const signIn = `
const { env } = process;
const id = env.INPUT_CONNECTION;
const parameter = (name) => env['ENDPOINT_AUTH_PARAMETER_' + id + '_' + name];
const post = async (url, headers, body) => {
  const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body });
  if (response.status !== 200) throw new Error(response.status + ' ' + (await response.text()));
  return response.json();
};
(async () => {
  const { oidcToken } = await post(
    env.SYSTEM_OIDCREQUESTURI + '?api-version=7.1&serviceConnectionId=' + id,
    { authorization: 'Bearer ' + env.ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN });
  const authority = env['ENDPOINT_DATA_' + id + '_ENVIRONMENTAUTHORITYURL'];
  const { access_token } = await post(authority + parameter('TENANTID') + '/oauth2/v2.0/token', {}, new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: parameter('SERVICEPRINCIPALID'),
    scope: '499b84ac-1321-427f-aa17-267ca6975798/.default',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: oidcToken,
  }));
  console.log('TOKEN ' + access_token);
})();
`;

describe('federated service connections in a job', () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(async () => {
    await emulator.close();
    removeFolders();
  });

  const extension = (type: string, main: string) => {
    const inputs = [{ name: 'connection', type: `connectedService:${type}`, label: 'x' }];
    return writeExtension({ name: 'T', json: { inputs }, main });
  };
  const run = (type: string, main: string, connection: Connection, options: Partial<JobOptions> = {}) =>
    runSteps(extension(type, main), [{ task: 'T@1', inputs: { connection: connection.name } }], {
      organizationUrl: emulator.organizationUrl,
      jobAccessToken: emulator.state.jobAccessToken,
      connections: [connection],
      ...options,
    });
  const tokenOf = (lines: readonly string[]) =>
    lines.find((line) => line.startsWith('TOKEN '))?.slice('TOKEN '.length) ?? '';

  it('let a task sign in, in any case in which it writes their type', async () => {
    const cases: [string, Connection, 'build' | 'release'][] = [
      ['workloadidentityuser', azureDevOpsConnection(emulator, 'lower case'), 'build'],
      ['WorkloadIdentityUser', azureDevOpsConnection(emulator, 'mixed case'), 'release'],
      ['AzureRM', azureRmConnection(emulator, 'resource manager'), 'build'],
      ['azurerm:workloadidentityfederation', azureRmConnection(emulator, 'with a scheme'), 'release'],
    ];
    for (const [type, connection, hostType] of cases) {
      const { result, rawLines } = await run(type, signIn, connection, { hostType });
      assert.equal(result, 'Succeeded', rawLines.join('\n'));
      assert.equal(claimsOf(tokenOf(rawLines)).appid, emulator.federated.clientId);
      const request = emulator.requests.findLast(({ operation }) => operation === 'oidc.token');
      assert.equal(request?.query.serviceConnectionId, connection.id);
      assert.match(request?.path ?? '', new RegExp(`^/fabrikam/[0-9a-f-]{36}/_apis/.*/hubs/${hostType}/plans/`));
    }
  });

  it('are refused to a job that the organization does not know', async () => {
    const connection = azureDevOpsConnection(emulator, 'of another job');
    const refused = await run('workloadidentityuser', signIn, connection, { jobAccessToken: 'unknown' });
    assert.equal(refused.result, 'Failed');
    assert.match(refused.rawLines.join('\n'), /Error: (203|401) /);
  });

  it('have their identity tokens at the address that the job is given', async () => {
    const connection = azureDevOpsConnection(emulator, 'elsewhere');
    const environmentOf = async (variables: Record<string, string>) =>
      dumpedEnvironment((await run('workloadidentityuser', dumpEnvironment, connection, { variables })).rawLines);
    const { SYSTEM_OIDCREQUESTURI, SYSTEM_TEAMPROJECTID, SYSTEM_PLANID, SYSTEM_JOBID } = await environmentOf({});
    assert.equal(
      SYSTEM_OIDCREQUESTURI,
      `${emulator.organizationUrl}/${SYSTEM_TEAMPROJECTID}/_apis/distributedtask/hubs/build/plans/${SYSTEM_PLANID}/jobs/${SYSTEM_JOBID}/oidctoken`,
    );
    const changed = await environmentOf({ 'system.oidcRequestUri': 'https://evil.test/oidctoken' });
    assert.equal(changed.SYSTEM_OIDCREQUESTURI, 'https://evil.test/oidctoken');
  });

  it('give a task what the service gives it', async () => {
    const connection = azureDevOpsConnection(emulator, 'in full');
    const environment = dumpedEnvironment((await run('workloadidentityuser', dumpEnvironment, connection)).rawLines);
    const { tenantId, clientId } = emulator.federated;
    assert.equal(environment.INPUT_CONNECTION, connection.id);
    assert.deepEqual(JSON.parse(environment[`ENDPOINT_AUTH_${connection.id}`] ?? ''), {
      parameters: { TenantId: tenantId, ServicePrincipalId: clientId },
      scheme: 'WorkloadIdentityFederation',
    });
  });

  it('have their application masked, as the agent does, but not their tenant', async () => {
    const { tenantId } = emulator.federated;
    const [key, data] = ['ENDPOINT_AUTH_', 'ENDPOINT_AUTH_PARAMETER_'].map(
      (prefix) => `'${prefix}' + process.env.INPUT_CONNECTION`,
    );
    const names = ['TENANTID', 'SERVICEPRINCIPALID', 'AUTHENTICATIONTYPE', 'SERVICEPRINCIPALKEY'];
    const main = `${JSON.stringify(names)}.forEach((name) => {
      const value = process.env[${data} + '_' + name];
      if (value !== undefined) console.log(name + ' ' + value);
    }); console.log(process.env[${key}]);`;
    const logOf = async (type: string, connection: Connection) => (await run(type, main, connection)).log;
    const federated = await logOf('workloadidentityuser', azureDevOpsConnection(emulator, 'masked'));
    assert.ok(federated.includes(`TENANTID ${tenantId}`) && federated.includes('SERVICEPRINCIPALID ***'));
    const json = `{"parameters":{"TenantId":"${tenantId}","ServicePrincipalId":"***"},"scheme":"WorkloadIdentityFederation"}`;
    assert.ok(federated.includes(json));
    const withKey = await logOf('AzureRM', azureRmConnection(emulator, 'with a key', 'ServicePrincipal'));
    for (const line of [
      `TENANTID ${tenantId}`,
      'SERVICEPRINCIPALID ***',
      'AUTHENTICATIONTYPE spnKey',
      'SERVICEPRINCIPALKEY ***',
    ]) {
      assert.ok(withKey.includes(line), line);
    }
  });
});
