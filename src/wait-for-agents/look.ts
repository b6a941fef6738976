import type { Agent } from './agent';
import { isMeant } from './name-pattern';
import { obstacles, type Unmet } from './obstacles';
import type { Capability, Wanted } from './wanted';
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
   * Reads the agents once.
   * @throws TaskError those of WatchedAgents.
   */
  async look(): Promise<Look> {
    const { agents, state } = this.#wanted;
    const meant = (await this.#watched.list()).filter(
      ({ name }) => agents.length === 0 || agents.some((pattern) => isMeant(name, pattern)),
    );
    const unregistered = agents.filter((pattern) => !meant.some(({ name }) => isMeant(name, pattern)));
    const comparison = await (state === 'offline' ? compareOffline(meant) : this.#compareOnline(meant, unregistered));
    return { ...comparison, unregistered };
  }

  async #compareOnline(meant: Agent[], unregistered: string[]): Promise<Comparison> {
    const { agents, count } = this.#wanted;
    const hindered = new Map<Agent, Unmet>();
    for (const agent of meant) {
      const obstacle = await this.#obstacleOf(agent);
      if (obstacle) hindered.set(agent, obstacle);
    }
    const online = meant.filter((agent) => !hindered.has(agent));
    const missing = unregistered.map((pattern) => obstacles.unregistered(pattern, this.#watched.place));
    if (count !== undefined) {
      if (online.length >= count) return { online, unmet: [], fulfilled: 1 };
      const number = { text: `${online.length} of ${count} agents are online` };
      return { online, unmet: [number, ...missing, ...hindered.values()], fulfilled: online.length / count };
    }
    const open = agents.filter((pattern) => !online.some(({ name }) => isMeant(name, pattern)));
    const awaited = [...hindered].filter(([{ name }]) => open.some((pattern) => isMeant(name, pattern)));
    const unmet = [...missing, ...awaited.map(([, obstacle]) => obstacle)];
    return { online, unmet, fulfilled: 1 - open.length / agents.length };
  }

  async #obstacleOf(agent: Agent): Promise<Unmet | undefined> {
    const { since, capabilities } = this.#wanted;
    const { changed = Number.NEGATIVE_INFINITY } = agent;
    if (agent.disabled) return obstacles.disabled(agent);
    if (!agent.online) return obstacles.offline(agent);
    if (typeof since === 'object' && changed < since.time) return obstacles.tooEarly(agent, since);
    if (capabilities.length === 0) return undefined;
    const key = `${agent.id} ${agent.changed}`;
    if (this.#capable.has(key)) return undefined;
    const has = await this.#watched.capabilities(agent);
    const lacking = capabilities.find((capability) => !includes(has, capability));
    if (lacking) return obstacles.incapable(agent, lacking);
    this.#capable.add(key);
    return undefined;
  }
}

type Comparison = Omit<Look, 'unregistered'>;

/** An agent that is not registered is not online either. */
function compareOffline(meant: Agent[]): Comparison {
  const online = meant.filter((agent) => agent.online);
  const unmet = online.map((agent) => obstacles.stillOnline(agent));
  return { online, unmet, fulfilled: meant.length === 0 ? 1 : 1 - online.length / meant.length };
}

/** Compared as the demands of a job are: in any case. */
function includes(capabilities: Map<string, string>, { name, value }: Capability): boolean {
  const has = capabilities.get(name.toLowerCase());
  return has !== undefined && (value === undefined || has.toLowerCase() === value.toLowerCase());
}
