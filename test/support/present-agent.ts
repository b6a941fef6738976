import type { Emulator } from '../../dev/emulator';
import type { Agent } from '../../dev/emulator/model';

/** An agent as it stands in a pool, as if it had registered long ago. */
export function presentAgent({ state }: Emulator, name: string, status: Agent['status'] = 'online'): Agent {
  const now = state.clock.now();
  const id = state.nextAgentId;
  state.nextAgentId += 1;
  return {
    id,
    name,
    version: '4.248.0',
    osDescription: 'Linux',
    enabled: true,
    status,
    provisioningState: 'Provisioned',
    maxParallelism: 1,
    createdOn: now,
    statusChangedOn: now,
    systemCapabilities: {},
    userCapabilities: {},
    clientId: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    publicKey: { exponent: 'AQAB', modulus: 'AQAB' },
  };
}
