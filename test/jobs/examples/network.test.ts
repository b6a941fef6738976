import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { runScript } from '../../support/machine/run-script';
import { presentAgent } from '../../support/present-agent';
import { sideBySide } from '../../support/side-by-side';

const folderOf = ({ machine }: Surroundings) => join(machine.folder, 'agents', 'one');
const usual = (surroundings: Surroundings) => ({
  NEW_AGENT: 'one',
  PLACE: 'Default',
  AGENT_FOLDER: folderOf(surroundings),
});

/** Puts a program of its own before those of the machine. */
function program({ machine }: Surroundings, name: string, text: string): void {
  writeFileSync(join(machine.folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

sideBySide('scripts on guarded machines', 2, (test) => {
  test('agent.sh: as root, whose files others cannot read, the agent of another user is registered and removed', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      machine.signIn('root');
      const authority = join(machine.folder, 'authority.pem');
      writeFileSync(authority, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', { mode: 0o600 });
      // Nothing here is TLS, so curl does not read it; the name of the place comes as a service may write it.
      emulator.state.pool('Default').name = 'Käse & €';
      const { id } = emulator.state.pool('Käse & €');
      const body = `{"count":1,"value":[{"id":${id},"name":"K\\u00e4se \\u0026 \\u20ac"}]}`;
      emulator.plan({ operation: 'pools.list', answer: { status: 200, body } });
      const variables = { ...usual(surroundings), PLACE: 'Käse & €', AGENT_CAINFO: authority, AGENT_USER: 'builder' };
      const run = { shell: 'bash', bashStart: 'umask 077' } as const;
      const registered = await runScript(['agent.sh', 'register'], surroundings, { ...run, variables });
      assert.equal(registered.code, 0, registered.output);
      for (const file of ['..', '.', '.authorities.pem']) {
        assert.equal(statSync(join(folderOf(surroundings), file)).mode & 0o004, 0o004, file);
      }
      // The one who owns the agent is whom find shows.
      program(surroundings, 'find', 'echo "-rw-r--r-- 1 builder builder 1 Jan 1 .agent"');
      const { AGENT_FOLDER } = variables;
      const removed = await runScript(['agent.sh', 'remove'], surroundings, { variables: { AGENT_FOLDER } });
      assert.equal(removed.code, 0, removed.output);
      assert.deepEqual(agentsOf(emulator, 'Käse & €'), []);
      assert.match(machine.record(), /^su -s \/bin\/sh builder -c .*config\.sh remove/m);
    }));

  test('agent.sh: by hand, a proxy that the machine names as curl reads it goes to the agent, but into no capability', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      const proxy = { https_proxy: 'http://me:p%26%25%22w@127.0.0.1:9', no_proxy: 'localhost, .contoso.com,127.0.0.1' };
      const variables = { ...usual(surroundings), ...proxy };
      const { code, output } = await runScript(['agent.sh', 'register'], surroundings, { variables });
      assert.equal(code, 0, output);
      const kept = (name: string) => readFileSync(join(folderOf(surroundings), name), 'utf8');
      assert.equal(kept('.proxy'), 'http://127.0.0.1:9');
      assert.equal(kept('.proxybypass'), 'localhost\ncontoso\\.com\n127\\.0\\.0\\.1\n');
      assert.equal(kept('.proxycredentials'), 'mekept as a secret');
      const [{ systemCapabilities = {} } = {}] = emulator.state.pool('Default').agents;
      assert.doesNotMatch(JSON.stringify(systemCapabilities), /_proxy|127\.0\.0\.1:9/);
    }));

  test('agent.sh: a sudo that asks for a password is found out before anything changes', () =>
    withMachine(async (surroundings) => {
      program(surroundings, 'sudo', 'echo "sudo: a password is required" >&2; exit 1');
      const { code, output } = await runScript(['agent.sh', 'register'], surroundings, {
        variables: usual(surroundings),
      });
      assert.notEqual(code, 0);
      assert.match(output, /sudo asks builder for a password, or refuses: nothing was changed/);
      assert.deepEqual(surroundings.emulator.requests, []);
    }));

  test('container-agent.sh: hands the proxy and the authority to the build and to the agent in the container', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const authority = join(machine.folder, 'authority.pem');
      writeFileSync(authority, '-----BEGIN CERTIFICATE-----\nof a proxy\n-----END CERTIFICATE-----\n');
      const variables = {
        NEW_AGENT: 'one',
        PLACE: 'Default',
        AGENT_PROXYURL: 'http://127.0.0.1:9',
        AGENT_PROXYUSERNAME: 'me',
        AGENT_PROXYPASSWORD: 'p&%"w',
        AGENT_PROXYBYPASSLIST: '["127\\\\.0\\\\.0\\\\.1"]',
        AGENT_CAINFO: authority,
      };
      const { code, output } = await runScript(['container-agent.sh'], surroundings, { variables });
      assert.equal(code, 0, output);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['one online']);
      const [container = ''] = readdirSync(join(machine.folder, 'containers')).filter(
        (name) => !name.endsWith('.label'),
      );
      const kept = (name: string) => readFileSync(join(machine.folder, 'containers', container, name), 'utf8');
      assert.equal(kept('.proxy'), 'http://127.0.0.1:9');
      assert.equal(kept('.proxybypass'), '127\\.0\\.0\\.1\n');
      assert.match(kept('.authorities.pem'), /of a proxy/);
      assert.match(kept('.certificates'), /\.authorities\.pem$/);
      assert.match(machine.record(), /^docker build .*--build-arg http_proxy --build-arg https_proxy /m);
      assert.match(machine.record(), /^docker image prune --force --filter label=azure-agent-image$/m);
      assert.doesNotMatch(machine.record(), /^docker .*(p&%|70262522)/m);
    }));

  test('remove-lost-agents.sh: goes through the proxy of the agent or past it, and says why it was refused', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const agent = presentAgent(emulator, 'one', 'offline');
      agent.statusChangedOn -= 2 * 3_600_000;
      emulator.state.pool('Default').agents.push(agent);
      const run = (variables: Record<string, string>, scope?: string) =>
        runScript(['remove-lost-agents.sh'], surroundings, {
          variables: { PLACE: 'Default', LOST_AGENTS: 'one', ...variables },
          ...(scope === undefined ? {} : { scope }),
        });
      const proxy = { AGENT_PROXYURL: 'http://127.0.0.1:9', AGENT_PROXYUSERNAME: 'me', AGENT_PROXYPASSWORD: 'p&%"w' };
      const faults: [Record<string, string>, RegExp, string?][] = [
        [proxy, /Could not reach/],
        [{}, /refused the token \(HTTP 401\)/, 'vso.build'],
      ];
      for (const [variables, saying, scope] of faults) {
        const { code, output } = await run(variables, scope);
        assert.notEqual(code, 0);
        assert.match(output, saying);
      }
      for (const status of [203, 403]) {
        emulator.plan({ operation: 'agents.list', answer: { status, body: '<html>' } });
        const { code, output } = await run({});
        assert.notEqual(code, 0);
        assert.match(output, new RegExp(`HTTP ${status}`));
      }
      emulator.plan({ operation: 'agents.get', answer: { status: 403, body: '{}' } });
      assert.match((await run({})).output, /HTTP 403 when it was asked for one; it and those after it are left alone/);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['one offline']);
      const past = await run({ ...proxy, AGENT_PROXYBYPASSLIST: '["\\\\.contoso\\\\.com","*127\\\\.0\\\\.0\\\\.1"]' });
      assert.equal(past.code, 0, past.output);
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
      assert.ok(!machine.record().includes('p&%"w'));
      assert.ok(readFileSync(join(machine.folder, 'record'), 'utf8').includes('--config'));
    }));
});
