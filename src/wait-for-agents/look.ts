import type { Agent } from './agent';
import { isMeant } from './name-pattern';
import { missingAgent, missingName, type Obstacle, type Unmet } from './obstacles';
import type { Capability, Wanted, WantedOnline } from './wanted';
import type { WatchedAgents } from './watched-agents';

/** What one look at the agents showed. */
export interface Look {
  /** Agents that are meant and online, and that count. */
  online: Agent[];
  /** What is still to come; empty where the wait is over. */
  unmet: Unmet[];
  /** Names and patterns that no agent has. */
  unregistered: string[];
  /** How much has come, from 0 to 1. */
  fulfilled: number;
}

/** Looks at agents, and compares them with what is wanted. */
export class Observer {
  readonly #watched: WatchedAgents;
  readonly #wanted: Wanted;
  /** Agents that had every capability since they came online; the others are asked for anew at each look. */
  readonly #capable = new Set<string>();

  constructor(watched: WatchedAgents, wanted: Wanted) {
    this.#watched = watched;
    this.#wanted = wanted;
  }

  /**
   * @throws TaskError those of WatchedAgents.
   */
  async look(): Promise<Look> {
    const agents = await this.#watched.list();
    const wanted = this.#wanted;
    const meant = agents.filter(
      ({ name }) => wanted.agents.length === 0 || wanted.agents.some((pattern) => isMeant(name, pattern)),
    );
    const unregistered = wanted.agents.filter((pattern) => !meant.some(({ name }) => isMeant(name, pattern)));
    if (wanted.state === 'offline') return { ...compareOffline(meant), unregistered };
    const obstacles = new Map<Agent, Obstacle>();
    for (const agent of meant) {
      const obstacle = await this.#obstacleOf(agent, wanted);
      if (obstacle) obstacles.set(agent, obstacle);
    }
    const missing = unregistered.map((pattern) => missingName(pattern, this.#watched.place));
    return { ...compareOnline(wanted, { meant, obstacles, missing }), unregistered };
  }

  async #obstacleOf(agent: Agent, { since, capabilities }: WantedOnline): Promise<Obstacle | undefined> {
    if (agent.disabled) return { kind: 'disabled' };
    if (!agent.online) return { kind: 'offline' };
    const tooEarly =
      since !== undefined && since !== 'unknown' && !(agent.changed !== undefined && agent.changed >= since.time);
    if (tooEarly) return { kind: 'tooEarly', since };
    if (capabilities.length === 0) return undefined;
    const key = `${agent.id} ${agent.changed}`;
    if (this.#capable.has(key)) return undefined;
    const has = await this.#watched.capabilities(agent);
    const lacking = capabilities.find((capability) => !includes(has, capability));
    if (lacking) return { kind: 'incapable', lacking };
    this.#capable.add(key);
    return undefined;
  }
}

type Comparison = Omit<Look, 'unregistered'>;

/** An agent that is not registered is not online either. */
function compareOffline(meant: Agent[]): Comparison {
  const online = meant.filter((agent) => agent.online);
  const unmet = online.map((agent) => missingAgent(agent, { kind: 'stillOnline' }));
  return { online, unmet, fulfilled: meant.length === 0 ? 1 : 1 - online.length / meant.length };
}

interface Sighting {
  meant: Agent[];
  /** Why an agent does not count, of those that do not. */
  obstacles: Map<Agent, Obstacle>;
  /** Names that no agent has. */
  missing: Unmet[];
}

function compareOnline({ agents, count }: WantedOnline, { meant, obstacles, missing }: Sighting): Comparison {
  const online = meant.filter((agent) => !obstacles.has(agent));
  const hindered = (among: Agent[]): Unmet[] =>
    among.flatMap((agent) => {
      const obstacle = obstacles.get(agent);
      return obstacle ? [missingAgent(agent, obstacle)] : [];
    });
  if (count !== undefined) {
    if (online.length >= count) return { online, unmet: [], fulfilled: 1 };
    const number = { text: `${online.length} of ${count} agents are online` };
    return { online, unmet: [number, ...missing, ...hindered(meant)], fulfilled: online.length / count };
  }
  const open = agents.filter((pattern) => !online.some(({ name }) => isMeant(name, pattern)));
  const awaited = meant.filter(({ name }) => open.some((pattern) => isMeant(name, pattern)));
  return { online, unmet: [...missing, ...hindered(awaited)], fulfilled: 1 - open.length / agents.length };
}

/** Compared as the demands of a job are: in any case. */
function includes(capabilities: Map<string, string>, { name, value }: Capability): boolean {
  const has = capabilities.get(name.toLowerCase());
  return has !== undefined && (value === undefined || has.toLowerCase() === value.toLowerCase());
}
