import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { Authority } from '../../support/certificates';
import { runClient } from '../../support/client-process';
import { azureDevOps, claimsOf } from '../emulator/calls';

const hosts = ['dev.azure.com', 'login.microsoftonline.com', 'login.windows.net', '127.0.0.1'];
const job = 'hubs/build/plans/0e6f1c7a-9a4b-4f43-8d8d-2f6b1c5a7e90/jobs/12f1170f-54f2-53f3-20dd-22fc7dff55f9';

/** JavaScript that redeems something for a token, and keeps why that failed. */
const outcome = `const outcome = (getting) => getting.then(({ token, accessToken }) => token ?? accessToken,
  (error) => 'refused: ' + error.message);`;

/** JavaScript that asks for the identity token of the connection, as a task would. */
const identityToken = `const identityToken = async () => {
    const answer = await fetch(process.env.SYSTEM_OIDCREQUESTURI + '?api-version=7.1&serviceConnectionId=' +
      process.env.CONNECTION, { method: 'POST', headers: { authorization: 'Bearer ' + process.env.JOB_TOKEN } });
    return (await answer.json()).oidcToken;
  };`;

describe("Microsoft's clients", () => {
  let authority: Authority;
  let emulator: Emulator;

  before(async () => {
    authority = new Authority();
    emulator = await startEmulator({ tls: authority.issue(hosts) });
  });
  after(async () => {
    await emulator.close();
    authority.dispose();
  });

  /** Runs a client under the services' real names, or on the origin that they share here. */
  function run<Result>(script: string, { onLoopback = false } = {}): Promise<Result> {
    const { federated, issuer, servicePrincipal, state } = emulator;
    const organization = onLoopback ? emulator.organizationUrl : 'https://dev.azure.com/fabrikam';
    emulator.requests.length = 0;
    return runClient(`${outcome}${identityToken}const resource = '${azureDevOps}';${script}`, {
      emulator,
      authorityFile: authority.file,
      env: {
        AUTHORITY: onLoopback ? emulator.url : 'https://login.microsoftonline.com',
        TENANT: federated.tenantId,
        CLIENT: federated.clientId,
        CONNECTION: federated.connectionId,
        JOB_TOKEN: state.jobAccessToken,
        ISSUER: JSON.stringify(issuer),
        PRINCIPAL: JSON.stringify(servicePrincipal),
        SYSTEM_COLLECTIONURI: `${organization}/`,
        SYSTEM_OIDCREQUESTURI: `${organization}/Fabrikam/_apis/distributedtask/${job}/oidctoken`,
        [`ENDPOINT_AUTH_PARAMETER_${federated.connectionId}_TENANTID`]: federated.tenantId,
        [`ENDPOINT_AUTH_PARAMETER_${federated.connectionId}_SERVICEPRINCIPALID`]: federated.clientId,
        ENDPOINT_AUTH_SYSTEMVSSCONNECTION: JSON.stringify({
          scheme: 'OAuth',
          parameters: { AccessToken: state.jobAccessToken },
        }),
        ENDPOINT_AUTH_SCHEME_SYSTEMVSSCONNECTION: 'OAuth',
        ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: state.jobAccessToken,
      },
    });
  }

  const operations = () => emulator.requests.map(({ operation }) => operation);

  function assertPrincipal(token: string, { clientId }: { clientId: string }): void {
    assert.ok(!token.startsWith('refused'), token);
    const { appid, idtyp, aud } = claimsOf(token);
    assert.deepEqual({ appid, idtyp, aud }, { appid: clientId, idtyp: 'app', aud: azureDevOps });
  }

  const federated = (options: string) => `
    const { AzurePipelinesCredential, ClientAssertionCredential, WorkloadIdentityCredential } = require('@azure/identity');
    const { TENANT, CLIENT, CONNECTION, JOB_TOKEN, TEMPORARY } = process.env;
    const get = (credential) => outcome(credential.getToken(resource + '/.default'));
    const tokenFilePath = TEMPORARY + '/token';
    require('node:fs').writeFileSync(tokenFilePath, await identityToken());
    const fromFile = () => new WorkloadIdentityCredential({ tenantId: TENANT, clientId: CLIENT, tokenFilePath, ...${options} });
    print([
      await get(new AzurePipelinesCredential(TENANT, CLIENT, CONNECTION, JOB_TOKEN, ${options})),
      await get(new ClientAssertionCredential(TENANT, CLIENT, identityToken, ${options})),
      await get(fromFile()),
      await get(fromFile()),
    ]);`;

  it('@azure/identity: a job, an assertion, and twice the same token of a file', async () => {
    const tokens = await run<string[]>(federated('{}'));
    assert.equal(tokens.length, 4);
    for (const token of tokens) assertPrincipal(token, emulator.federated);
    assert.deepEqual(operations().filter((operation) => operation === 'entra.token').length, 4);
  });

  it('@azure/identity: the same on one origin, which it discovers first', async () => {
    const options = '{ authorityHost: process.env.AUTHORITY, disableInstanceDiscovery: true }';
    const tokens = await run<string[]>(federated(options), { onLoopback: true });
    for (const token of tokens) assertPrincipal(token, emulator.federated);
    assert.ok(operations().includes('entra.discovery'));
  });

  const msal = `
    const { ConfidentialClientApplication } = require('@azure/msal-node');
    const { AUTHORITY, TENANT } = process.env;
    const client = ({ clientId, clientSecret }) => new ConfidentialClientApplication({ auth: {
      clientId, clientSecret, authority: AUTHORITY + '/' + TENANT, knownAuthorities: [new URL(AUTHORITY).host] } });
    const issuer = JSON.parse(process.env.ISSUER);
    const principal = JSON.parse(process.env.PRINCIPAL);
    const scopes = [resource + '/vso.pats', resource + '/vso.pats_manage'];
    print([
      await outcome(client(issuer).acquireTokenByRefreshToken({ refreshToken: issuer.refreshToken, scopes })),
      await outcome(client(principal).acquireTokenByClientCredential({ scopes: [resource + '/.default'] })),
      await outcome(client({ ...issuer, clientSecret: 'wrong' }).acquireTokenByRefreshToken({ refreshToken: 'x', scopes })),
    ]);`;

  for (const onLoopback of [false, true]) {
    const where = onLoopback ? 'on one origin' : 'under the real names';
    it(`@azure/msal-node: a refresh token, an application of its own, and a refusal, ${where}`, async () => {
      const [user = '', application = '', refusal = ''] = await run<string[]>(msal, { onLoopback });
      assert.equal(claimsOf(user).oid, emulator.state.users.default.oid);
      assert.equal(claimsOf(user).scp, 'vso.pats vso.pats_manage');
      assertPrincipal(application, emulator.servicePrincipal);
      assert.match(refusal, /^refused: .*AADSTS7000215/);
    });
  }

  it("azure-pipelines-tasks-artifacts-common: a connection's token, by login.windows.net", async () => {
    const token = await run<string>(`
      const { getFederatedWorkloadIdentityCredentials } =
        require('azure-pipelines-tasks-artifacts-common/EntraWifUserServiceConnectionUtils');
      print(await getFederatedWorkloadIdentityCredentials(process.env.CONNECTION));`);
    assertPrincipal(token, emulator.federated);
    assert.deepEqual(operations(), ['oidc.token', 'entra.token']);
    assert.equal(emulator.requests[1]?.headers.host, 'login.windows.net');
  });
});
