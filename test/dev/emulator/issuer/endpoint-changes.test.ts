import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { ServiceEndpoint } from '../../../../dev/emulator/service-endpoints/endpoint';
import type { Reply } from '../calls';
import { organizationCall, vaultBody, vaultExtension } from './organization-calls';

const endpoints = '/_apis/serviceendpoint/endpoints';

/** A connection as it is read, in the parts that are changed here. */
interface Shown {
  authorization: { scheme: string; parameters: Record<string, string | null> };
}

const namespace = '49b48001-ca20-4adc-8111-5b60c903a50c';

describe('emulated changes of service connections', () => {
  let emulator: Emulator;
  let token: string;
  let id: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.installExtension(vaultExtension);
    token = emulator.azureCliToken(emulator.addAdministrator(), 'azureDevOps');
    ({ id } = (await ask(`POST ${endpoints}`, vaultBody(emulator))).json);
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => organizationCall(emulator, request, { token: as, body });
  const get = async (id: string, as = token) => (await ask(`GET /Fabrikam${endpoints}/${id}`, undefined, as)).json;
  const stored = (id: string) => emulator.state.collection.endpoints.find(id) as ServiceEndpoint;
  const outcome = ({ status, json }: Reply) => (status < 300 ? status : [status, json.typeKey]);

  const put = async (change: (body: Shown) => unknown, as = token) => {
    const body = await get(id);
    change(body);
    return outcome(await ask(`PUT ${endpoints}/${id}`, body, as));
  };
  const secrets = () => stored(id).parameters;

  it('keeps a secret for null, replaces it, loses it where it is left out, and wipes it for an empty one', async () => {
    assert.equal(await put(() => undefined), 200);
    assert.deepEqual(secrets(), { key: 'the key', pepper: 'the pepper' });
    assert.equal(await put((body) => Object.assign(body.authorization.parameters, { key: 'new' })), 200);
    assert.deepEqual(secrets(), { key: 'new', pepper: 'the pepper' });
    assert.equal(await put((body) => delete body.authorization.parameters.pepper), 200);
    assert.deepEqual(secrets(), { key: 'new' });
    assert.equal(await put((body) => Object.assign(body.authorization.parameters, { key: '' })), 200);
    assert.deepEqual(secrets(), { key: '' });
  });

  it('keeps them for null only where that is so', async () => {
    emulator.state.collection.endpoints.nullKeepsSecrets = false;
    assert.equal(await put(() => undefined), 200);
    assert.deepEqual(secrets(), { key: null, pepper: null });
  });

  it('wants secrets again with another url or scheme, and keeps its type', async () => {
    assert.deepEqual(await put((body) => Object.assign(body, { url: 'https://other' })), [400, 'ArgumentException']);
    const other = { scheme: 'WorkloadIdentityFederation', parameters: { key: null } };
    assert.deepEqual(await put((body) => Object.assign(body, { authorization: other })), [400, 'ArgumentException']);
    assert.deepEqual(await put((body) => Object.assign(body, { type: 'Generic' })), [400, 'ArgumentException']);
    assert.deepEqual(await put((body) => Object.assign(body, { authorization: null })), [400, 'ArgumentException']);
    assert.deepEqual(secrets(), { key: 'the key', pepper: 'the pepper' });
    const whole = { url: 'https://other', authorization: { scheme: 'None', parameters: { key: 'k', pepper: 'p' } } };
    assert.equal(await put((body) => Object.assign(body, whole)), 200);
    assert.deepEqual(secrets(), { key: 'k', pepper: 'p' });
  });

  it('is written by whoever writes last', async () => {
    const [one, two] = [await get(id), await get(id)];
    one.data.region = 'east';
    two.authorization.parameters.key = 'second';
    assert.equal((await ask(`PUT ${endpoints}/${id}`, one)).status, 200);
    assert.equal((await ask(`PUT ${endpoints}/${id}`, two)).status, 200);
    assert.deepEqual([stored(id).data, secrets().key], [{ region: 'north' }, 'second']);
  });

  it('may be changed by an administrator in the collection alone', async () => {
    const jobs = emulator.state.jobAccessToken;
    const { buildService } = emulator.state.collection;
    const may = async () => {
      const tokens = `endpoints/Collection/${id}`;
      return (await ask(`GET /_apis/permissions/${namespace}/2?tokens=${tokens}`, undefined, jobs)).json;
    };
    emulator.setEndpointRole(stored(id), buildService, { project: 'Administrator' });
    assert.equal((await get(id, jobs)).authorization.scheme, 'None');
    assert.deepEqual(await may(), { count: 1, value: [false] });
    const refused = await ask(`PUT ${endpoints}/${id}`, await get(id), jobs);
    assert.equal(refused.status, 403);
    assert.match(refused.json.message, /collection level Administrator of the service endpoint/);
    emulator.setEndpointRole(stored(id), buildService, { collection: 'Administrator' });
    assert.deepEqual(await may(), { count: 1, value: [true] });
    assert.equal(await put(() => undefined, jobs), 200);
  });

  it('answers who may make connections, and change the organization', async () => {
    const permitted = async (query: string, as: string) =>
      (await ask(`GET /_apis/permissions/${query}`, undefined, as)).json.value;
    const create = `${namespace}/4?tokens=endpoints/${emulator.state.project.id}`;
    const change = '3e65f728-f8bc-4ecd-8764-7e378b19bfa7/2?tokens=NAMESPACE:';
    const jobs = emulator.state.jobAccessToken;
    assert.deepEqual([await permitted(create, token), await permitted(create, jobs)], [[true], [false]]);
    assert.deepEqual([await permitted(change, token), await permitted(change, jobs)], [[true], [false]]);
  });

  it('shows less, or nothing, to people without a role where that is so', async () => {
    const jobs = emulator.state.jobAccessToken;
    emulator.state.collection.endpoints.withoutRole = 'idAndName';
    assert.deepEqual(await get(id, jobs), { id, name: 'vault' });
    emulator.state.collection.endpoints.withoutRole = 'nothing';
    assert.equal(await get(id, jobs), null);
    emulator.setEndpointRole(stored(id), emulator.state.collection.buildService, { project: 'Reader' });
    assert.equal((await get(id, jobs)).type, 'Vault');
  });

  it('stays as it was, or is changed, when the answer is lost', async () => {
    const change = (region: string) => put((body) => Object.assign(body, { data: { region } }));
    emulator.plan({ operation: 'endpoints.update', answer: { status: 503, body: '{}' } });
    await change('east');
    assert.deepEqual(stored(id).data, { region: 'north' });
    const phases: string[] = [];
    emulator.onRequest = ({ operation }, phase) => {
      if (operation === 'endpoints.update') phases.push(phase);
    };
    emulator.plan({ operation: 'endpoints.update', when: 'after', answer: { status: 503, body: '{}' } });
    await change('east');
    assert.deepEqual(stored(id).data, { region: 'east' });
    assert.deepEqual(phases, ['arrived', 'effected', 'answered']);
  });
});
