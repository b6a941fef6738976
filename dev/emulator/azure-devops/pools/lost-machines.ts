import type { Agent } from '../../model';
import type { State } from '../../state';

/** How long an agent is shown online after its machine has gone without a word. */
const unnoticed = 5 * 60_000;

/** Takes an agent's machine away, as a cloud does that deletes it. */
export function loseMachine(agent: Agent, state: State): void {
  agent.machineLostAt = state.clock.now();
}

/** Shows as offline each agent whose machine has been gone for long enough. */
export function noticeLostMachines(state: State): void {
  const now = state.clock.now();
  for (const agent of state.pools.flatMap((pool) => pool.agents)) {
    const { machineLostAt } = agent;
    if (machineLostAt === undefined || agent.status === 'offline' || now < machineLostAt + unnoticed) continue;
    agent.status = 'offline';
    agent.statusChangedOn = machineLostAt + unnoticed;
  }
}
