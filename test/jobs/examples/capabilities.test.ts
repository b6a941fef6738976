import { join } from 'node:path';
import { type Surroundings, withMachine } from '../../support/example';
import { checkCapabilities, checkRefusals } from '../../support/given-capabilities';
import { runScript } from '../../support/machine/run-script';
import { sideBySide } from '../../support/side-by-side';

const registering = (surroundings: Surroundings) => (variables: Record<string, string>) => {
  const AGENT_FOLDER = join(surroundings.machine.folder, 'agents', 'one');
  const usual = { NEW_AGENT: 'one', PLACE: 'Default', AGENT_FOLDER };
  return runScript(['agent.sh', 'register'], surroundings, { variables: { ...usual, ...variables } });
};

// Those of agent.ps1 are with the others that PowerShell runs, because it takes so long to start.
sideBySide('capabilities and tags that are given to an agent', 2, (test) => {
  test('agent.sh sets capabilities when it registers, and later without a restart', () =>
    withMachine((surroundings) => checkCapabilities(surroundings, registering(surroundings))));

  test('agent.sh refuses capabilities and tags where they do not belong, and control characters, before it asks', () =>
    withMachine((surroundings) => checkRefusals(surroundings, registering(surroundings))));
});
