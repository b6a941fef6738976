import assert from 'node:assert/strict';
import { isForged } from '../../../src/agent/environment';

const id = '0b1c6f3e-6f1d-4b8a-9d51-3f1f0f3f9a10';

describe('the environment of an agent', () => {
  for (const [name, expected] of [
    ['VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE', false],
    ['VSTS_TASKVARIABLE_agentPoolTokenLease', true],
    ['vsts_taskvariable_agentpooltokenlease', true],
    ['Vsts_TaskVariable_AGENTPOOLTOKENLEASE', true],
    [`ENDPOINT_AUTH_${id}`, false],
    [`ENDPOINT_AUTH_${id.toUpperCase()}`, true],
    [`ENDPOINT_auth_${id}`, true],
    [`ENDPOINT_AUTH_PARAMETER_${id}_REFRESHTOKEN`, false],
    [`ENDPOINT_AUTH_PARAMETER_${id}_refreshToken`, true],
    [`ENDPOINT_DATA_${id}_ALLOWEDSCOPES`, false],
    [`endpoint_data_${id}_allowedscopes`, true],
    ['ENDPOINT_URL_SYSTEMVSSCONNECTION', false],
    ['ENDPOINT_URL_SystemVssConnection', true],
    ['INPUT_pool', false],
    ['Path', false],
    ['MY_ENDPOINT_AUTH_x', false],
  ] as const) {
    it(`${expected ? 'has no room for' : 'has'} ${name}`, () => assert.equal(isForged(name), expected));
  }
});
