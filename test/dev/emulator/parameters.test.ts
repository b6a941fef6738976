import assert from 'node:assert/strict';
import { openServices } from '../../../dev/emulator';

const id = '11111111-2222-3333-4444-555555555555';
const requests = [
  'GET vssps /_apis/tokens/pats?displayFilterOption=all&',
  `GET vssps /_apis/tokens/pats?authorizationId=${id}&`,
  `DELETE vssps /_apis/tokens/pats?authorizationId=${id}&`,
  'POST vssps /_apis/tokens/pats?',
  'GET dev /_apis/distributedtask/pools/1?',
  'DELETE dev /_apis/distributedtask/pools/1/agents/1?',
  'GET dev /Fabrikam/_apis/distributedtask/deploymentgroups?',
  'GET dev /Fabrikam/_apis/pipelines/environments?',
  'GET dev /Fabrikam/_apis/build/builds/1/timeline?',
  'GET dev /_apis/connectionData?',
  'GET dev /_apis/serviceendpoint/types?',
  `DELETE dev /_apis/serviceendpoint/endpoints/${id}?projectIds=${id}&`,
  `GET dev /Fabrikam/_apis/serviceendpoint/endpoints/${id}?`,
  'GET dev /_apis/projects?',
  'GET dev /_apis/extensionmanagement/installedextensions?',
  'GET vsaex /_apis/userentitlements?',
  `GET vssps /_apis/identities?identityIds=${id}&`,
  'POST vssps /_apis/tokenadmin/revocations?',
  `POST dev /${id}/_apis/distributedtask/hubs/build/plans/${id}/jobs/${id}/oidctoken?`,
];

const unreadable = [
  ['GET dev /%E0%A4%A/_apis/build/definitions?', 501],
  [
    `POST dev /%E0%A4%A/_apis/distributedtask/hubs/build/plans/${id}/jobs/${id}/oidctoken?serviceConnectionId=${id}&`,
    501,
  ],
  ['PATCH dev /_apis/securityroles/scopes/distributedtask.agentpoolrole/roleassignments/resources/1?', 400],
  ['GET vssps /_apis/identities?searchFilter=constructor&filterValue=x&', 501],
  ['GET vssps /_apis/tokens/pats?displayFilterOption=all&sortByOption=constructor&', 400],
  ['GET dev /Fabrikam/_apis/serviceendpoint/endpoints?actionFilter=constructor&', 501],
] as const;

describe('a request that the emulator cannot read', () => {
  for (const [request, status] of unreadable) {
    it(`is refused, and breaks nothing: ${request}`, async () => {
      const services = openServices();
      const administrator = services.addAdministrator();
      const [method = '', host, path = ''] = request.split(' ');
      const url = `https://${host}.${host === 'dev' ? '' : 'dev.'}azure.com/fabrikam${path}`;
      const token = path.includes('oidctoken')
        ? services.state.jobAccessToken
        : path.includes('tokens/pats')
          ? services.userAccessToken()
          : services.azureCliToken(administrator, 'azureDevOps');
      const version = path.includes('tokens/pats') ? '7.1-preview.1' : '7.1';
      const headers = { authorization: `Bearer ${token}` };
      const answer = await services.perform({ method, url: `${url}api-version=${version}`, headers, body: '' });
      assert.equal(answer.status, status, JSON.stringify(answer.json));
    });
  }
});

describe('a query parameter of which no source tells', () => {
  for (const request of requests) {
    it(`is not passed over: ${request}`, async () => {
      const services = openServices();
      const [method = '', host, path] = request.split(' ');
      const url = `https://${host}.${host === 'dev' ? '' : 'dev.'}azure.com/fabrikam${path}colour=red&api-version=7.1`;
      const answer = await services.perform({ method, url, headers: {}, body: '' });
      assert.equal(answer.status, 501);
      assert.match(JSON.stringify(answer.json), /parameter colour/);
    });
  }
});
