import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { runScript, type ScriptResult } from '../../support/machine/run-script';
import { pairwise } from '../../support/pairwise';
import { sideBySide } from '../../support/side-by-side';

const scopes: Record<string, string> = {
  agentPool: 'vso.agentpools_manage',
  deploymentGroup: 'vso.machinegroup_manage',
  environment: 'vso.environment_manage',
};

/** A machine says how a name is written for its service, a scope how it is asked for; neither depends on the other. */
const rows = pairwise({
  shell: ['dash', 'bash'],
  on: ['Linux/x86_64 builder agentPool', 'Linux/aarch64/musl root deploymentGroup', 'Darwin/arm64 builder environment'],
  name: ["it's 100% & * Käse\\n [a] %PATH%", 'q"$HOME`id`'],
});

interface Words {
  word?: 'register' | 'remove' | 'unpack';
  variables?: Record<string, string>;
  shell?: 'dash' | 'bash';
  scope?: string;
}

const folderOf = ({ machine }: Surroundings) => join(machine.folder, 'agents', 'one');

function run(surroundings: Surroundings, { word = 'register', variables, ...more }: Words = {}): Promise<ScriptResult> {
  const usual = { NEW_AGENT: 'one', PLACE: 'Default', AGENT_FOLDER: folderOf(surroundings) };
  return runScript(['agent.sh', word], surroundings, { variables: { ...usual, ...variables }, ...more });
}

async function succeeds(surroundings: Surroundings, words?: Words): Promise<string> {
  const { code, output } = await run(surroundings, words);
  assert.equal(code, 0, output);
  return output;
}

async function fails(surroundings: Surroundings, saying: RegExp, words?: Words): Promise<void> {
  const { code, output } = await run(surroundings, words);
  assert.notEqual(code, 0, output);
  assert.match(output, saying);
}

/** What changes things on a machine. */
const changes = /^(sudo )?(systemctl (start|stop|enable|disable)|launchctl (load|unload)|svc\.sh|config\.sh)/m;

async function registerTwiceAndRemove(
  surroundings: Surroundings,
  { shell, on = '', name = '' }: Record<string, string>,
): Promise<void> {
  const { emulator, machine } = surroundings;
  const [system = '', user, scope = ''] = on.split(' ');
  machine.become(system);
  machine.signIn(user === 'root' ? 'root' : 'builder');
  const place = `${name} place`;
  const pool = placeNamed(surroundings, scope, place);
  const odd = /["$`]/.test(name);
  const variables = {
    NEW_AGENT: name,
    PLACE: place,
    SCOPE: scope,
    PROJECT: emulator.state.project.name,
    AGENT_TAGS: scope === 'agentPool' ? '' : 'b, a',
    ...(user === 'root' ? { AGENT_USER: 'builder' } : {}),
  };
  const words = { variables, shell: shell as 'dash' | 'bash', scope: scopes[scope] ?? '' };
  // svc.sh has names between double quotes.
  if (odd) {
    await fails(surroundings, /svc\.sh cannot take a name/, words);
    assert.ok(!existsSync(folderOf(surroundings)));
    Object.assign(variables, { AGENT_SERVICE: 'none' });
  }
  await succeeds(surroundings, words);
  assert.deepEqual(agentsOf(emulator, pool), [`${name} ${odd ? 'offline' : 'online'}`]);
  const before = machine.record();
  assert.match(await succeeds(surroundings, words), /registered already, and nothing was changed/);
  assert.doesNotMatch(machine.record().slice(before.length), changes);
  await succeeds(surroundings, { ...words, word: 'remove' });
  assert.deepEqual(agentsOf(emulator, pool), []);
  assert.ok(!existsSync(folderOf(surroundings)));
}

sideBySide('agent.sh', 2, (test) => {
  for (const row of rows) {
    test(`${row.shell}, ${row.on}, ${row.name}: registers, changes nothing the second time, and removes`, () =>
      withMachine((surroundings) => registerTwiceAndRemove(surroundings, row)));
  }

  const refusals: { what: string; words?: Words; saying: RegExp; before?: (surroundings: Surroundings) => void }[] = [
    {
      what: 'a package with another hash',
      saying: /is not the one that the organization offers/,
      before: ({ machine }) => machine.tamper(),
    },
    {
      what: 'an organization without a package for the machine',
      saying: /offers no package of the agent for linux-x64/,
      before: ({ emulator }) =>
        emulator.plan({ operation: 'packages.list', answer: { status: 200, body: '{"count":0,"value":[]}' } }),
    },
    {
      what: 'a package without a hash',
      saying: /or no hash of it/,
      before: ({ emulator }) =>
        emulator.plan({
          operation: 'packages.list',
          answer: { status: 200, body: '{"value":[{"downloadUrl":"https://127.0.0.1:1/a","hashValue":null}]}' },
        }),
    },
    {
      what: 'a processor that the agent is not made for',
      saying: /not made for Linux on riscv64/,
      before: ({ machine }) => machine.become('Linux/riscv64'),
    },
    {
      what: 'a disk that is full',
      saying: /Could not download/,
      before: ({ machine }) => writeFileSync(join(machine.folder, 'full'), ''),
    },
    {
      what: 'a token of another scope',
      words: { scope: 'vso.build' },
      saying: /refused the token \(HTTP 401\)/,
    },
    {
      what: 'a pool that the token may not manage',
      saying: /cannot manage Default/,
      before: ({ emulator }) => emulator.state.setPoolRole('Default', emulator.state.users.default, 'view'),
    },
    { what: 'a pool that does not exist', words: { variables: { PLACE: 'Defaul' } }, saying: /cannot manage Defaul:/ },
    { what: 'a folder with other things in it', saying: /is no agent/, before: withOtherThings },
    {
      what: 'no token',
      words: { variables: { VSTS_AGENT_INPUT_TOKEN: '$(AGENT_POOL_TOKEN)' } },
      saying: /There is no token/,
    },
    {
      what: 'a folder that systemd takes apart',
      words: { variables: { AGENT_FOLDER: '/opt/my agents' } },
      saying: /may have letters/,
    },
    { what: 'a folder that is not absolute', words: { variables: { AGENT_FOLDER: 'agents/one' } }, saying: /absolute/ },
    { what: 'a folder above others', words: { variables: { AGENT_FOLDER: '/opt/../etc' } }, saying: /absolute/ },
    {
      what: 'an agent that root runs',
      saying: /should not run as root/,
      before: ({ machine }) => machine.signIn('root'),
    },
    { what: 'a Mac as root', saying: /A Mac runs the service of a user/, before: onMacAsRoot },
    { what: 'a user who is not there', words: { variables: { AGENT_USER: 'stranger' } }, saying: /Only root|no user/ },
    {
      what: 'an address that is none',
      words: { variables: { ORGANIZATION_URL: 'ftp://x' } },
      saying: /ORGANIZATION_URL/,
    },
    { what: 'a scope that is none', words: { variables: { SCOPE: 'pool' } }, saying: /SCOPE is agentPool/ },
  ];
  for (const { what, words, saying, before } of refusals) {
    test(`refuses ${what}, and leaves nothing behind`, () =>
      withMachine(async (surroundings) => {
        before?.(surroundings);
        await fails(surroundings, saying, words);
        assert.doesNotMatch(surroundings.machine.record(), changes);
        assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), []);
        const left = readdirSync(surroundings.machine.folder).filter((name) => name.startsWith('tmp.'));
        assert.deepEqual(left, []);
      }));
  }

  for (const [system, offered] of Object.entries({
    'Linux/x86_64': 'linux-x64',
    'Linux/x86_64/musl': 'linux-musl-x64',
    'Linux/aarch64': 'linux-arm64',
    'Linux/aarch64/musl': 'linux-musl-arm64',
    'Linux/aarch64/32': 'linux-arm',
    'Linux/armv7l': 'linux-arm',
    'Darwin/x86_64': 'osx-x64',
    'Darwin/arm64': 'osx-arm64',
  })) {
    test(`asks for ${offered} on ${system}`, () =>
      withMachine(async (surroundings) => {
        const { emulator, machine } = surroundings;
        machine.become(system);
        emulator.plan({ operation: 'packages.list', answer: { status: 200, body: '{"count":0,"value":[]}' } });
        await fails(surroundings, new RegExp(`offers no package of the agent for ${offered},`), { word: 'unpack' });
        const asked = emulator.requests.filter(({ operation }) => operation === 'packages.list');
        assert.deepEqual(
          asked.map(({ query }) => query.platform),
          [offered],
        );
      }));
  }

  test('unpacks the newest package, and that alone', () =>
    withMachine(async (surroundings) => {
      const output = await succeeds(surroundings, { word: 'unpack' });
      assert.match(output, /Downloading .*\/vsts-agent-linux-x64-4\.250\.1\.tar\.gz/);
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), []);
      assert.ok(existsSync(join(folderOf(surroundings), 'config.sh')));
    }));

  test('in a deployment group on a Mac: changes nothing the second time, and heals a service that lost a part', () =>
    withMachine(async (surroundings) => {
      const { machine, emulator } = surroundings;
      machine.become('Darwin/arm64');
      const group = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', PROJECT: emulator.state.project.name };
      const words = { variables: { ...group, AGENT_TAGS: 'web' }, scope: scopes.deploymentGroup ?? '' };
      await succeeds(surroundings, words);
      const { agents } = emulator.state.pool('Fabrikam-Web-Servers');
      const ids = () => agents.map(({ id }) => id);
      const registered = ids();
      assert.equal(registered.length, 1);
      const before = machine.record();
      assert.match(await succeeds(surroundings, words), /registered already, and nothing was changed/);
      assert.doesNotMatch(machine.record().slice(before.length), changes);
      const plists = join(machine.folder, 'home', 'Library', 'LaunchAgents');
      for (const lost of [join(folderOf(surroundings), '.service'), plists, join(machine.folder, 'loaded')]) {
        rmSync(lost, { recursive: true });
        assert.match(await succeeds(surroundings, words), /its service was installed anew/);
        assert.deepEqual(readdirSync(plists).length, 1);
      }
      assert.deepEqual(ids(), registered);
      await succeeds(surroundings, { ...words, word: 'remove' });
      assert.deepEqual([readdirSync(plists), agents], [[], []]);
    }));

  test('removes nothing but what an agent made', () =>
    withMachine(async (surroundings) => {
      const folder = folderOf(surroundings);
      const parent = join(folder, '..');
      await succeeds(surroundings);
      writeFileSync(join(folder, 'notes.txt'), 'mine');
      await fails(surroundings, /is not the folder of an agent/, {
        word: 'remove',
        variables: { AGENT_FOLDER: parent },
      });
      await fails(surroundings, /is one, not two/, { word: 'remove', variables: { NEW_AGENT: 'two' } });
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['one online']);
      assert.match(await succeeds(surroundings, { word: 'remove' }), /Left in .*: notes\.txt/);
      assert.deepEqual(readdirSync(folder), ['notes.txt']);
    }));

  test('touches no agent that the token may not remove', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const PROJECT = emulator.state.project.name;
      const group = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', PROJECT };
      await succeeds(surroundings, { variables: group, scope: scopes.deploymentGroup ?? '' });
      const before = machine.record();
      for (const variables of [{ SCOPE: 'environment', PLACE: 'production', PROJECT }, { PLACE: 'Default' }]) {
        const scope = scopes[variables.SCOPE ?? 'agentPool'] ?? '';
        await fails(surroundings, /goes on as before/, { variables, scope });
      }
      assert.deepEqual(agentsOf(emulator, 'Fabrikam-Web-Servers'), ['one online']);
      assert.doesNotMatch(machine.record().slice(before.length), /systemctl (stop|disable)|svc\.sh/);
      assert.ok(existsSync(join(folderOf(surroundings), '.service')));
    }));

  test('removes an agent whose pool is deleted, once it is said that it is', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      await succeeds(surroundings);
      const { pools } = emulator.state;
      pools.splice(pools.indexOf(emulator.state.pool('Default')), 1);
      const before = machine.record();
      await fails(surroundings, /set ALREADY_DELETED to true/, { word: 'remove' });
      assert.doesNotMatch(machine.record().slice(before.length), changes);
      assert.ok(existsSync(join(folderOf(surroundings), '.service')));
      await succeeds(surroundings, { word: 'remove', variables: { ALREADY_DELETED: 'True' } });
      assert.ok(!existsSync(folderOf(surroundings)));
      assert.deepEqual(readdirSync(join(machine.folder, 'active')), []);
    }));

  test('removes a machine of an environment that was deleted in the page, once it is said that it is', () =>
    withMachine(async (surroundings) => {
      const { project } = surroundings.emulator.state;
      const variables = { SCOPE: 'environment', PLACE: 'production', PROJECT: project.name };
      const words = { scope: 'vso.environment_manage', variables };
      await succeeds(surroundings, words);
      for (const environment of project.environments) environment.virtualMachines.length = 0;
      await fails(surroundings, /set ALREADY_DELETED to true/, { ...words, word: 'remove' });
      await succeeds(surroundings, { ...words, word: 'remove', variables: { ...variables, ALREADY_DELETED: 'true' } });
    }));

  test('hands a proxy, its bypass list and an authority to the agent, and curl goes by them', () =>
    withMachine(async (surroundings) => {
      const { machine } = surroundings;
      const authority = join(machine.folder, 'authority.pem');
      writeFileSync(authority, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
      const network = { AGENT_PROXYURL: 'http://127.0.0.1:9', AGENT_CAINFO: authority };
      await fails(surroundings, /Could not reach/, { variables: network });
      const list = '["\\\\.contoso\\\\.com","*\\\\.example\\\\.org","^http://127\\\\.0\\\\.0\\\\.1"]';
      const credentials = { AGENT_PROXYUSERNAME: 'me', AGENT_PROXYPASSWORD: 'p&%"w' };
      await succeeds(surroundings, { variables: { ...network, ...credentials, AGENT_PROXYBYPASSLIST: list } });
      const kept = (name: string) => readFileSync(join(folderOf(surroundings), name), 'utf8');
      assert.equal(kept('.proxy'), 'http://127.0.0.1:9');
      assert.equal(kept('.proxybypass'), '\\.contoso\\.com\n.*\\.example\\.org\n^http://127\\.0\\.0\\.1\n');
      assert.match(kept('.certificates'), /\.authorities\.pem$/);
      assert.match(kept('.authorities.pem'), /BEGIN CERTIFICATE/);
      assert.match(machine.record(), /"SSL_CERT_FILE":"[^"]*\/\.authorities\.pem"/);
      await succeeds(surroundings, { word: 'remove' });
      assert.ok(!existsSync(folderOf(surroundings)));
    }));
});

/** Gives the place of a scope this name, and returns the name of the pool behind it. */
function placeNamed({ emulator: { state } }: Surroundings, scope: string, name: string): string {
  if (scope === 'agentPool') {
    state.pool('Default').name = name;
    return name;
  }
  const { deploymentGroups, environments } = state.project;
  const [place] = scope === 'deploymentGroup' ? deploymentGroups : environments;
  assert.ok(place);
  place.name = name;
  return place.pool.name;
}

function withOtherThings(surroundings: Surroundings): void {
  mkdirSync(folderOf(surroundings), { recursive: true });
  writeFileSync(join(folderOf(surroundings), 'notes.txt'), 'mine');
}

function onMacAsRoot({ machine }: Surroundings): void {
  machine.become('Darwin/arm64');
  machine.signIn('root');
}
