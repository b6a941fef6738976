import { publicKeyOf, readJwt, signJwt, verifyJwt } from '../../entra/jwt';
import type { Agent, Pool } from '../../model';
import { type Answer, notKnown, Refusal } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import {
  agentJson,
  authorizationUrl,
  describeAgent,
  newAgent,
  registeredJson,
  reintroduce,
} from './agent-registration';
import { readDemands } from './demands';
import { requireManageablePool, requirePool, requirePoolAccess, taskException } from './pools';

/** The emulator runs no jobs on its agents, and keeps no properties of them. */
function refuseDetails(exchange: Exchange): void {
  for (const name of ['includeAssignedRequest', 'includeLastCompletedRequest']) {
    if (exchange.isSet(name)) throw notKnown(`with ${name}`);
  }
  if (exchange.query('propertyFilters')) throw notKnown('with propertyFilters');
}

/** `GET …/pools/{poolId}/agents` */
export function listAgents(exchange: Exchange, state: State): Answer {
  const caller = requirePoolAccess(exchange, state, 'read');
  const pool = requirePool(exchange, caller, state);
  refuseDetails(exchange);
  const name = exchange.query('agentName')?.toLowerCase();
  const meets = readDemands(exchange.query('demands') ?? '');
  const withCapabilities = exchange.isSet('includeCapabilities');
  const value = pool.agents
    .filter((agent) => name === undefined || agent.name.toLowerCase() === name)
    .filter(meets)
    .map((agent) => agentJson(agent, { withCapabilities }));
  return { status: 200, json: { count: value.length, value } };
}

/** `GET …/pools/{poolId}/agents/{agentId}` */
export function getAgent(exchange: Exchange, state: State): Answer {
  const caller = requirePoolAccess(exchange, state, 'read');
  const agent = requireAgent(exchange, requirePool(exchange, caller, state));
  refuseDetails(exchange);
  const withCapabilities = exchange.isSet('includeCapabilities');
  return { status: 200, json: agentJson(agent, { withCapabilities }) };
}

/** `POST …/pools/{poolId}/agents` */
export function addAgent(exchange: Exchange, state: State): Answer {
  const pool = requireManageablePool(exchange, state);
  const described = describeAgent(exchange.json());
  if (pool.agents.some((agent) => agent.name.toLowerCase() === described.name.toLowerCase())) {
    const text = `Pool ${pool.name} already contains an agent with name ${described.name}.`;
    throw new Refusal(taskException(409, 'TaskAgentExistsException', text));
  }
  return { status: 200, json: registeredJson(newAgent(pool, described, state), state) };
}

/** `PUT …/pools/{poolId}/agents/{agentId}` */
export function replaceAgent(exchange: Exchange, state: State): Answer {
  const agent = requireAgent(exchange, requireManageablePool(exchange, state));
  reintroduce(agent, describeAgent(exchange.json()));
  return { status: 200, json: registeredJson(agent, state) };
}

/** `DELETE …/pools/{poolId}/agents/{agentId}` */
export function deleteAgent(exchange: Exchange, state: State): Answer {
  const pool = requireManageablePool(exchange, state);
  pool.agents.splice(pool.agents.indexOf(requireAgent(exchange, pool)), 1);
  return { status: 204 };
}

export function requireAgent(exchange: Exchange, pool: Pool): Agent {
  const id = Number(exchange.route[1]);
  const agent = pool.agents.find((candidate) => candidate.id === id);
  if (agent) return agent;
  const text = `The agent with ID ${id} could not be found in pool ${pool.name}.`;
  throw new Refusal(taskException(404, 'TaskAgentNotFoundException', text));
}

/** `POST /{organization}/_apis/oauth2/token`: an agent proves with its own key who it is. */
export function issueAgentToken(exchange: Exchange, state: State): Answer {
  const form = exchange.form();
  const invalidClient = (description: string): Answer => ({
    status: 400,
    json: { error: 'invalid_client', error_description: description },
  });
  const assertion = form.get('client_assertion') ?? '';
  if (
    form.get('grant_type') !== 'client_credentials' ||
    form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  ) {
    return { status: 400, json: { error: 'unsupported_grant_type', error_description: 'Not a client assertion.' } };
  }
  const agents = state.pools.flatMap((pool) => pool.agents);
  const issuer = readJwt(assertion)?.iss;
  const agent = agents.find(({ clientId }) => clientId === issuer);
  const claims = agent && verifyJwt(assertion, publicKeyOf(agent.publicKey.exponent, agent.publicKey.modulus));
  if (!agent || !claims || claims.sub !== agent.clientId) {
    return invalidClient('The client assertion is not that of a registered agent.');
  }
  if (claims.aud !== authorizationUrl(state)) return invalidClient('The audience of the assertion is another one.');
  const now = state.clock.now() / 1000;
  if (Number(claims.nbf) > now + 300 || Number(claims.exp) < now) {
    return invalidClient(
      `The assertion is not valid now. Current server time is ${new Date(now * 1000).toISOString()}.`,
    );
  }
  const token = { aud: state.organizationId, sub: agent.clientId, nbf: Math.floor(now), exp: Math.floor(now) + 3000 };
  return { status: 200, json: { access_token: signJwt(token), token_type: 'bearer', expires_in: 3000 } };
}
