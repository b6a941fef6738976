import assert from 'node:assert/strict';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { runScript } from '../../support/machine/run-script';
import { presentAgent } from '../../support/present-agent';
import { sideBySide } from '../../support/side-by-side';

const hour = 3_600_000;

/** Puts an agent into the pool that has been offline for so many hours. */
function lost({ emulator }: Surroundings, name: string, hours: number): void {
  const agent = presentAgent(emulator, name, 'offline');
  agent.statusChangedOn -= hours * hour;
  emulator.state.pool('Default').agents.push(agent);
}

function run(
  surroundings: Surroundings,
  names: string,
  options: string[] = [],
  variables: Record<string, string> = {},
) {
  const usual = { PLACE: 'Default', LOST_AGENTS: names };
  return runScript(['remove-lost-agents.sh', ...options], surroundings, { variables: { ...usual, ...variables } });
}

sideBySide('remove-lost-agents.sh', 2, (test) => {
  test('removes by name and pattern what is offline for an hour, and nothing else', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      for (const name of ['one two', 'job-1', 'job-2', 'a.b', 'axb', "it's *"]) lost(surroundings, name, 2);
      lost(surroundings, 'job-rebooting', 0.5);
      emulator.state.pool('Default').agents.push(presentAgent(emulator, 'job-online'));
      const names = "one two\n  job-*  \n\na.b\nit's *\n";
      const shown = await run(surroundings, names, ['--dry-run']);
      assert.equal(shown.code, 0, shown.output);
      assert.match(shown.output, /^job-1 would be removed\.$/m);
      assert.equal(agentsOf(emulator, 'Default').length, 8);
      const { code, output } = await run(surroundings, names);
      assert.equal(code, 0, output);
      assert.match(output, /^job-rebooting is offline since .*, and is left alone\.$/m);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['axb offline', 'job-rebooting offline', 'job-online online']);
    }));

  test('leaves alone an agent that comes back between the two looks', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      lost(surroundings, 'one', 2);
      emulator.onRequest = ({ operation }, phase) => {
        if (operation === 'agents.get' && phase === 'arrived')
          emulator.state.setAgentStatus('Default', 'one', 'online');
      };
      const { code, output } = await run(surroundings, 'one');
      assert.equal(code, 0, output);
      assert.match(output, /one came back, and is left alone/);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['one online']);
    }));

  test('fails where a name matches nothing, where there is no such pool, and where it is asked for nothing', () =>
    withMachine(async (surroundings) => {
      lost(surroundings, 'one', 2);
      const cases = [
        { names: 'oen\none', saying: /No agent in the pool Default is named oen/ },
        { names: 'one', variables: { PLACE: 'Defaul' }, saying: /There is no pool Defaul/ },
        { names: ' \n', saying: /LOST_AGENTS names no agent/ },
        { names: 'one', variables: { OFFLINE_MINUTES: '1h' }, saying: /OFFLINE_MINUTES is not a whole number/ },
      ];
      for (const { names, variables, saying } of cases) {
        const { code, output } = await run(surroundings, names, ['--dry-run'], variables);
        assert.notEqual(code, 0, output);
        assert.match(output, saying);
      }
    }));
});
