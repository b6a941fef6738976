import assert from 'node:assert/strict';

import internal = require('azure-pipelines-task-lib/internal');

import { readConnection } from '../../../src/agent/connections';
import { Secret } from '../../../src/secret';

const id = '0b1c6f3e-6f1d-4b8a-9d51-3f1f0f3f9a10';
const environment = { ...process.env };

/** A connection as an agent passes it, and what a step's env adds. */
function read(given: { auth?: string; data?: string; fields?: Record<string, string> }) {
  process.env[`ENDPOINT_URL_${id}`] = 'https://dev.azure.com/fabrikam';
  const vault = internal._vault;
  vault.storeSecret(`ENDPOINT_AUTH_${id}`, given.auth ?? '');
  if (given.data !== undefined) process.env[`ENDPOINT_DATA_${id}`] = given.data;
  for (const [name, value] of Object.entries(given.fields ?? {})) {
    if (name.startsWith('AUTH')) vault.storeSecret(`ENDPOINT_${name}`, value);
    else process.env[`ENDPOINT_${name}`] = value;
  }
  const found = readConnection(id, (text) => (text ? new Secret(text) : undefined));
  return found ?? assert.fail('there is no connection');
}

describe('a service connection', () => {
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('ENDPOINT_')) delete process.env[name];
    Object.assign(process.env, environment);
    for (const name of ['PARAMETER', 'SCHEME']) {
      for (const field of ['', '_REFRESHTOKEN', '_TENANTID']) {
        internal._vault.storeSecret(`ENDPOINT_AUTH_${name}_${id}${field}`, '');
      }
    }
  });

  const auth = JSON.stringify({
    parameters: { refreshToken: ' a-refresh-token ', TENANTID: 'tenant' },
    scheme: 'None',
  });

  it('is read from the JSON texts, names in any case', () => {
    const found = read({ auth, data: '{"clientId":"client","AllowedScopes":"agentPool","n":1}' });
    assert.equal(found.scheme, 'None');
    assert.equal(found.secret('refreshToken')?.reveal(), 'a-refresh-token');
    assert.equal(found.parameter('tenantId'), 'tenant');
    assert.equal(found.data('clientId'), 'client');
    assert.equal(found.data('allowedScopes'), 'agentPool');
    assert.equal(found.data('n'), '1');
    assert.equal(found.data('toString'), '');
  });

  for (const data of ['{}', '{"allowedScopes":""}', 'no JSON', 'null', '[]']) {
    it(`takes no single field for one that is empty, where its data is ${data}`, () => {
      const found = read({
        auth,
        data,
        fields: {
          [`DATA_${id}_ALLOWEDSCOPES`]: 'environment',
          [`AUTH_PARAMETER_${id}_CLIENTSECRET`]: 'another-secret',
          [`AUTH_SCHEME_${id}`]: 'Another',
        },
      });
      assert.equal(found.data('allowedScopes'), '');
      assert.equal(found.secret('clientSecret'), undefined);
      assert.equal(found.scheme, 'None');
    });
  }

  it('is read from single fields as far as a program that stands for an agent wrote no JSON text', () => {
    const fields = {
      [`DATA_${id}_CLIENTID`]: ' client ',
      [`AUTH_PARAMETER_${id}_REFRESHTOKEN`]: 'another-token',
      [`AUTH_SCHEME_${id}`]: 'Another',
    };
    const withoutData = read({ auth, fields });
    assert.equal(withoutData.data('clientId'), 'client');
    assert.equal(withoutData.secret('refreshToken')?.reveal(), 'a-refresh-token');
    assert.equal(withoutData.scheme, 'None');
    const withoutAuthorization = read({ data: '{"clientId":"of the text"}', fields });
    assert.equal(withoutAuthorization.data('clientId'), 'of the text');
    assert.equal(withoutAuthorization.secret('refreshToken')?.reveal(), 'another-token');
    assert.equal(withoutAuthorization.scheme, 'Another');
  });

  it('has no fields where its authorization cannot be read', () => {
    const found = read({ auth: '{"parameters":', fields: { [`AUTH_PARAMETER_${id}_REFRESHTOKEN`]: 'another-secret' } });
    assert.equal(found.secret('refreshToken'), undefined);
    assert.equal(found.scheme, '');
  });
});
