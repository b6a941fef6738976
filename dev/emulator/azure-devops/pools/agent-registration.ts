import { randomUUID } from 'node:crypto';
import type { Agent, Pool } from '../../model';
import { jsonObject, malformedJson } from '../../requests/answers';
import type { State } from '../../state';

type Description = ReturnType<typeof describeAgent>;

/** What an agent says about itself when it registers, wherever that is. */
export function describeAgent(body: Record<string, unknown>) {
  const publicKey = (body.authorization as { publicKey?: Record<string, unknown> } | undefined)?.publicKey;
  const { exponent, modulus } = publicKey ?? {};
  if (typeof body.name !== 'string' || typeof exponent !== 'string' || typeof modulus !== 'string') {
    throw malformedJson();
  }
  const { maxParallelism = 1, systemCapabilities = {} } = body;
  if (typeof maxParallelism !== 'number') throw malformedJson();
  return {
    name: body.name,
    version: String(body.version ?? ''),
    osDescription: String(body.osDescription ?? ''),
    provisioningState: String(body.provisioningState ?? 'Provisioned'),
    maxParallelism,
    systemCapabilities: textsOf(systemCapabilities),
    publicKey: { exponent, modulus },
  };
}

/** Names with a text each. */
export function textsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(jsonObject(value));
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw malformedJson();
  return Object.fromEntries(entries);
}

/** The tags that a target or a machine is given; none where the body names none. */
export function tagsOf(value: unknown = []): string[] {
  if (!Array.isArray(value) || !value.every((tag) => typeof tag === 'string')) throw malformedJson();
  return value;
}

/** Adds an agent to a pool. */
export function newAgent(pool: Pool, described: Description, state: State): Agent {
  const now = state.clock.now();
  const agent: Agent = {
    ...described,
    id: state.nextAgentId,
    enabled: true,
    status: 'offline',
    createdOn: now,
    statusChangedOn: now,
    userCapabilities: {},
    clientId: randomUUID(),
  };
  state.nextAgentId += 1;
  pool.agents.push(agent);
  return agent;
}

/** Lets another machine take the place of an agent: whoever has the old key cannot sign in any more. */
export function reintroduce(agent: Agent, described: Description): void {
  Object.assign(agent, described, { clientId: randomUUID() });
}

export function agentJson(agent: Agent, { withCapabilities }: { withCapabilities: boolean }) {
  const { id, name, version, osDescription, enabled, status, provisioningState, maxParallelism } = agent;
  const { systemCapabilities, userCapabilities } = agent;
  return {
    ...(withCapabilities ? { systemCapabilities, userCapabilities } : {}),
    maxParallelism,
    createdOn: new Date(agent.createdOn).toISOString(),
    statusChangedOn: new Date(agent.statusChangedOn).toISOString(),
    authorization: { clientId: agent.clientId, publicKey: agent.publicKey },
    id,
    name,
    version,
    osDescription,
    enabled,
    status,
    provisioningState,
    accessPoint: 'CodexAccessMapping',
  };
}

/** An agent that learns here where to sign in, and as whom, keeps no token of its registrar. */
export function registeredJson(agent: Agent, state: State) {
  const organizationUrl = `${state.url}/${state.organization}`;
  return {
    ...agentJson(agent, { withCapabilities: true }),
    authorization: {
      authorizationUrl: authorizationUrl(state),
      clientId: agent.clientId,
      publicKey: agent.publicKey,
    },
    properties: { ServerUrl: { $type: 'System.String', $value: `${organizationUrl}/` } },
  };
}

/** Where a registered agent gets a token for its key. */
export function authorizationUrl(state: State): string {
  return `${state.url}/${state.organization}/_apis/oauth2/token`;
}
