import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../../../dev/emulator/model';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { runScript } from '../../support/machine/run-script';
import { sideBySide } from '../../support/side-by-side';

/**
 * What bash does before each command of a run, svc.sh included. The first run looks at the agent's folder and at the
 * services each time, and notes where a state that is new to it begins. A later one is killed at such a place, with all
 * its processes: a place is a script, a depth of subshells, how many commands came before, and a line.
 */
const watching = (machine: string) => `
set -o functrace
export KILL_GROUP=\${KILL_GROUP:-$$}
__count=0 __wanted=
[ ! -f '${machine}/dies-in' ] || read -r __wanted < '${machine}/dies-in' || :
__look() {
  __count=$((__count + 1))
  local __place=$0:$BASH_SUBSHELL:$__count:$1
  if [ -n "$__wanted" ]; then
    [ "$__place" != "$__wanted" ] || kill -9 -- "-$KILL_GROUP"
    return 0
  fi
  local __names=('${machine}/agents/one'/.[!.]* '${machine}/agents/one'/* '${machine}'/{etc/systemd/system,enabled,active}/*)
  printf -v __now '%s/' "\${__names[@]##*/agents/one/}"
  [ "$__now" = "\${__before-}" ] || { __before=$__now; printf '%s\\t%s\\n' "$__place" "$__now" >> '${machine}/states'; }
}
trap '__look $LINENO' DEBUG
`;

interface Story {
  name: string;
  /** Makes what is there before, with the words and variables of runs of the script. */
  before: Run[];
  run: Run;
  /** States that another story dies in as well. */
  isKnown?: (state: string) => boolean;
  /** Lines of config.sh at which the machine dies besides. */
  diesAt: string[];
  /** The agents that are there in the end. */
  after: string[];
}

interface Run {
  word: 'register' | 'remove';
  variables?: Record<string, string>;
}

// config.sh is the only one that changes both the pool and the folder: the states in between are its own.
const registering = ['Successfully added', 'Settings saved'];
const removing = ['Succeeded: Removing'];
const stories: Story[] = [
  { name: 'registers', before: [], run: { word: 'register' }, diesAt: registering, after: ['one online'] },
  {
    name: 'takes the place of another agent',
    before: [{ word: 'register', variables: { NEW_AGENT: 'earlier' } }],
    run: { word: 'register' },
    isKnown: (state) => !state.includes('earlier') && !state.includes('.service.aside'),
    diesAt: removing,
    after: ['one online'],
  },
  { name: 'removes', before: [{ word: 'register' }], run: { word: 'remove' }, diesAt: removing, after: [] },
];

/** Everything of a machine and its pool that a run changes, to begin again from. */
function snapshot({ machine, emulator }: Surroundings): () => void {
  const parts = ['agents', 'etc', 'enabled', 'active'].map((part) => join(machine.folder, part));
  for (const part of parts) if (existsSync(part)) cpSync(part, `${part}.kept`, { recursive: true });
  const pool = emulator.state.pool('Default');
  const agents = structuredClone(pool.agents);
  return () => {
    for (const part of parts) {
      rmSync(part, { recursive: true, force: true });
      if (existsSync(`${part}.kept`)) cpSync(`${part}.kept`, part, { recursive: true });
    }
    pool.agents.splice(0, pool.agents.length, ...structuredClone<Agent[]>(agents));
  };
}

function run(surroundings: Surroundings, { word, variables }: Run, bashStart?: string) {
  const agentFolder = join(surroundings.machine.folder, 'agents', 'one');
  return runScript(['agent.sh', word], surroundings, {
    shell: 'bash',
    variables: {
      NEW_AGENT: word === 'register' ? 'one' : '',
      PLACE: 'Default',
      AGENT_FOLDER: agentFolder,
      ...variables,
    },
    ...(bashStart === undefined ? {} : { bashStart }),
  });
}

sideBySide('agent.sh, killed anywhere and run again,', 2, (test) => {
  for (const { name, before, run: wanted, diesAt, after, isKnown = () => false } of stories) {
    test(name, () =>
      withMachine(async (surroundings) => {
        const { machine, emulator } = surroundings;
        const file = (part: string) => join(machine.folder, part);
        for (const earlier of before) assert.equal((await run(surroundings, earlier)).code, 0);
        const restore = snapshot(surroundings);
        const start = watching(machine.folder);
        const { output } = await run(surroundings, wanted, start);
        // The first state is what was there before, and the last one is whole.
        const states = placesOf(readFileSync(file('states'), 'utf8')).slice(1, -1);
        assert.ok(states.length > 5, output);
        const deaths = [
          ...states.filter(({ state }) => !isKnown(state)).map(({ place }) => ({ part: 'dies-in', text: place })),
          ...diesAt.map((text) => ({ part: 'dies-at', text })),
        ];
        for (const { part, text } of deaths) {
          restore();
          writeFileSync(file(part), text);
          const killed = await run(surroundings, wanted, start);
          assert.equal(killed.code, null, `it lives through ${text}: ${killed.output}`);
          rmSync(file(part), { force: true });
          const again = await run(surroundings, wanted);
          assert.equal(again.code, 0, `after ${text}: ${killed.output}--- again:\n${again.output}`);
          assert.deepEqual(agentsOf(emulator, 'Default'), after, text);
          checkWhole(surroundings, after.length > 0, text);
        }
      }),
    );
  }
});

/** Where each state begins, and what it is. */
function placesOf(text: string): { place: string; state: string }[] {
  const lines = text.split('\n').slice(0, -1);
  const places = lines.map((line) => line.split('\t')).map(([place = '', state = '']) => ({ place, state }));
  return places.filter(({ state }, index) => places.findIndex((other) => other.state === state) === index);
}

/** One service and no more where there is to be an agent; else nothing. */
function checkWhole({ machine }: Surroundings, isThere: boolean, what: string): void {
  const list = (part: string) =>
    existsSync(join(machine.folder, part)) ? readdirSync(join(machine.folder, part)) : [];
  for (const part of ['etc/systemd/system', 'enabled', 'active']) {
    assert.deepEqual(list(part), isThere ? ['vsts.agent.org.Default.one.service'] : [], `${part} ${what}`);
  }
  const files = list('agents/one');
  assert.equal(files.includes('.service'), isThere, what);
  assert.deepEqual(
    files.filter((name) => ['.service.aside', '.unpacking', '.removing'].includes(name)),
    [],
    what,
  );
  if (!isThere) assert.deepEqual(files, [], what);
}
