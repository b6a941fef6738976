import { type Answer, malformedJson, notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { agentJson, textsOf } from './agent-registration';
import { requireAgent } from './agents';
import { requireManageablePool } from './pools';

/** `PATCH …/pools/{poolId}/agents/{agentId}`: enables, disables, or lets it run more jobs at a time. */
export function updateAgent(exchange: Exchange, state: State): Answer {
  const agent = requireAgent(exchange, requireManageablePool(exchange, state));
  const { id, enabled = agent.enabled, maxParallelism = agent.maxParallelism, ...other } = exchange.json();
  if (id !== undefined && id !== agent.id) throw notKnown('where the body names another agent');
  const standing: Record<string, unknown> = { ...agentJson(agent, { withCapabilities: true }) };
  const changed = Object.keys(other).find((name) => JSON.stringify(other[name]) !== JSON.stringify(standing[name]));
  if (changed !== undefined) throw notKnown(`to a change of an agent's ${changed}`);
  if (typeof enabled !== 'boolean' || typeof maxParallelism !== 'number') throw malformedJson();
  Object.assign(agent, { enabled, maxParallelism });
  return { status: 200, json: agentJson(agent, { withCapabilities: false }) };
}

/** `PUT …/pools/{poolId}/agents/{agentId}/usercapabilities`: these replace all that a person had given it. */
export function setUserCapabilities(exchange: Exchange, state: State): Answer {
  const agent = requireAgent(exchange, requireManageablePool(exchange, state));
  agent.userCapabilities = textsOf(exchange.json());
  return { status: 200, json: agentJson(agent, { withCapabilities: true }) };
}
