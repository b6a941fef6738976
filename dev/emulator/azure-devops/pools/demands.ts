import type { Agent } from '../../model';
import { notKnown } from '../../requests/answers';

/** Reads demands as a list of agents is filtered by: `name`, or `name -equals value`, separated by commas. */
export function readDemands(text: string): (agent: Agent) => boolean {
  const demands = text.split(',').map((demand) => demand.trim());
  const read = demands.filter(Boolean).map((demand) => {
    const [, name, operator, value] = /^(\S+)(?:\s+(-\w+)\s*(.*))?$/.exec(demand) ?? [];
    if (name === undefined || (operator !== undefined && operator.toLowerCase() !== '-equals')) {
      throw notKnown(`to the demand "${demand}"`);
    }
    return { name: name.toLowerCase(), value: operator === undefined ? undefined : value };
  });
  return ({ systemCapabilities, userCapabilities }) => {
    const has = new Map(
      Object.entries({ ...systemCapabilities, ...userCapabilities }).map(([key, held]) => [key.toLowerCase(), held]),
    );
    return read.every(({ name, value }) => has.has(name) && (value === undefined || has.get(name) === value));
  };
}
