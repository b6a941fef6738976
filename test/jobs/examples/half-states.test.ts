import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { runScript } from '../../support/machine/run-script';
import { snapshot } from '../../support/machine/snapshot';
import { sideBySide } from '../../support/side-by-side';

/**
 * What bash does before each command of a run, svc.sh included: it looks at the agent's folder and at the services, and
 * where they are not as they were it reports that to the port, and waits for the answer.
 */
const watching = (machine: string, port: number) => `
set -o functrace
__look() {
  local __names=('${machine}/agents/one'/.[!.]* '${machine}/agents/one'/* '${machine}'/{etc/systemd/system,enabled,active}/*) __now
  printf -v __now '%s/' "\${__names[@]##*/agents/one/}"
  [ "$__now" != "\${__before-}" ] || return 0
  __before=$__now
  exec 9<> /dev/tcp/127.0.0.1/${port}
  printf '%s\\n' "$0:$1 $__now" >&9
  read -r _ <&9
  exec 9>&-
}
trap '__look $LINENO' DEBUG
`;

interface Story {
  name: string;
  /** Makes what is there before, with the words and variables of runs of the script. */
  before: Run[];
  run: Run;
  /** States that another story stops in as well. */
  isKnown?: (state: string) => boolean;
  /** Lines of config.sh at which the machine dies. */
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

interface Started {
  shell?: 'dash' | 'bash';
  bashStart?: string;
}

interface HalfState {
  /** The script and the line that come next. */
  place: string;
  /** The names of the files that are there. */
  state: string;
  restore: () => void;
}

/**
 * Runs the script, and keeps each state that it goes through, while it waits for an answer: one run shows what a run for
 * each state would.
 */
async function statesOf(surroundings: Surroundings, wanted: Run): Promise<HalfState[]> {
  const states: HalfState[] = [];
  const server = createServer((socket) => {
    socket.once('data', (line) => {
      const [, place = '', state = ''] = /^(.*?:\d+) (.*)\n$/.exec(line.toString()) ?? [];
      if (!states.some((one) => one.state === state)) states.push({ place, state, restore: snapshot(surroundings) });
      socket.end('go on\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, output } = await run(surroundings, {
    ...wanted,
    bashStart: watching(surroundings.machine.folder, port),
  });
  await new Promise((resolve) => server.close(resolve));
  assert.equal(code, 0, output);
  assert.ok(states.length > 7, output);
  return states;
}

function run(surroundings: Surroundings, { word, variables, shell = 'bash', bashStart }: Run & Started) {
  const agentFolder = join(surroundings.machine.folder, 'agents', 'one');
  return runScript(['agent.sh', word], surroundings, {
    shell,
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
        for (const earlier of before) assert.equal((await run(surroundings, earlier)).code, 0);
        const starts = diesAt.map((line) => ({ line, restore: snapshot(surroundings) }));
        const states = await statesOf(surroundings, wanted);
        // The first is where nothing has happened, and the last is whole.
        const deaths = states.slice(1, -1).filter(({ state }) => !isKnown(state));
        let heal = 0;
        const heals = async (what: string) => {
          // By one shell after the other, since both read the script.
          const shell = heal++ % 2 === 0 ? 'dash' : 'bash';
          const { code, output } = await run(surroundings, { ...wanted, shell });
          assert.equal(code, 0, `after ${what}: ${output}`);
          assert.deepEqual(agentsOf(emulator, 'Default'), after, what);
          checkWhole(surroundings, after.length > 0, what);
        };
        for (const { place, state, restore } of deaths) {
          restore();
          await heals(`${place}, with ${state}`);
        }
        for (const { line, restore } of starts) {
          restore();
          machine.onAgentLine = (reached) => {
            if (reached.startsWith(line)) machine.die();
          };
          const killed = await run(surroundings, { ...wanted, shell: 'dash' });
          assert.equal(killed.code, null, `it lives through ${line}: ${killed.output}`);
          machine.onAgentLine = () => {};
          await heals(line);
        }
      }),
    );
  }
});

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
