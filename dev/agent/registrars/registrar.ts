import type { TaskAgent } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { AgentSettings } from '../files';

/** A deployment group or an environment: by name, in a project. */
export interface PlaceInProject {
  kind: 'deploymentGroup' | 'environment';
  project: string;
  name: string;
  /** What the agent is tagged with there. */
  tags: string[];
}

/** What a place that agents are registered in gives an agent to keep. */
export type Place = Pick<AgentSettings, 'poolId' | 'poolName'> &
  Partial<Pick<AgentSettings, 'projectId' | 'deploymentGroupId' | 'environmentId' | 'environmentVMResourceId'>>;

/** An agent as the server knows it now, and where. */
export interface Registered {
  agent: TaskAgent;
  place: Place;
}

/** A pool, a deployment group or an environment, as an agent is registered in it. Failures are a real agent's words. */
export interface Registrar {
  /** Looks the place up. Comes before everything else. */
  find(): Promise<void>;
  /** Whether an agent of this name is registered there. */
  has(name: string): Promise<boolean>;
  /** What is said where there is one, and it is not to be replaced. */
  taken(name: string): string;
  add(agent: TaskAgent): Promise<Registered>;
  /** Takes the place of the agent of the same name. */
  replace(agent: TaskAgent): Promise<Registered>;
}
