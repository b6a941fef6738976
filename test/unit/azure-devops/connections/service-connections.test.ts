import assert from 'node:assert/strict';
import { ServiceConnections } from '../../../../src/azure-devops/connections/service-connections';
import { parseOrganization } from '../../../../src/azure-devops/organization';
import { Secret } from '../../../../src/secret';
import { FakeRuntime, json } from '../../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const address = { project: 'p', id: '0b1c6f3e-6f1d-4b8a-9d51-3f1f0f3f9a10' };

function mayAdminister(body: unknown): Promise<boolean> {
  const conversation = new FakeRuntime().script(json(200, body)).conversation();
  return new ServiceConnections(conversation, organization, new Secret('the-token-of-the-writer')).mayAdminister(
    address,
  );
}

describe('whether a writer may change a connection', () => {
  for (const may of [true, false]) {
    for (const body of [{ count: 1, value: [may] }, { value: may }, [may], may]) {
      it(`is read from ${JSON.stringify(body)}`, async () => assert.equal(await mayAdminister(body), may));
    }
  }

  for (const body of [null, {}, [], { value: [] }, { value: ['true'] }, 'true', 1]) {
    it(`is not known from ${JSON.stringify(body)}`, async () =>
      assert.rejects(mayAdminister(body), { code: 'response-malformed' }));
  }
});
