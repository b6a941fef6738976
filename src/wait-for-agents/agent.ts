import { isId } from '../azure-devops/named';
import { fieldsOf } from '../json';
import { timeOf } from '../time';

/** An agent of a pool, of a deployment group's targets or of an environment's machines. */
export interface Agent {
  id: number;
  name: string;
  online: boolean;
  /** By an administrator: it is given no jobs, online or not. */
  disabled: boolean;
  /** When it came online or went offline: milliseconds since 1970, UTC; undefined where the service does not say. */
  changed?: number;
}

/**
 * Reads an agent as the service states it; undefined for what is none.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/agents/list
 */
export function readAgent(agent: unknown): Agent | undefined {
  const { id, name, status, enabled, statusChangedOn, createdOn } = fieldsOf(agent);
  if (!isId(id) || typeof name !== 'string') return undefined;
  const changed = timeOf(statusChangedOn) ?? timeOf(createdOn);
  return {
    id,
    name,
    online: status === 'online',
    disabled: enabled === false,
    ...(changed !== undefined && { changed }),
  };
}
