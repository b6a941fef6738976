import '../../support/task-library';

import assert from 'node:assert/strict';

import internal = require('azure-pipelines-task-lib/internal');

import fc from 'fast-check';
import sinon from 'sinon';
import { agentPipeline } from '../../../src/agent/task-library';
import type { AgentNetwork } from '../../../src/agent-network';
import { Secret } from '../../../src/secret';

interface Command {
  name: string;
  properties: Record<string, string>;
  data: string;
}

const unescaped = (text: string) =>
  text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%AZP25', '%');

/** Reads a line as the agent does: the first command in it, the rest of the line being its data. */
function readCommand(line: string): Command | undefined {
  const start = line.indexOf('##vso[');
  if (start === -1) return undefined;
  const end = line.indexOf(']', start);
  assert.notEqual(end, -1, `a command without an end: ${line}`);
  const [, name = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line.slice(start + '##vso['.length, end)) ?? [];
  const properties = rest
    .split(';')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), unescaped(pair.slice(pair.indexOf('=') + 1))]);
  return { name, properties: Object.fromEntries(properties), data: unescaped(line.slice(end + 1)) };
}

/** What an action writes, line by line. */
function linesOf(action: () => void): string[] {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  internal._setStdStream(stream as unknown as NodeJS.WritableStream);
  try {
    action();
  } finally {
    internal._setStdStream(process.stdout);
    sinon.restore();
  }
  const text = written.join('');
  assert.ok(text === '' || text.endsWith('\n'));
  return text.split(/\r\n|\r|\n/).slice(0, -1);
}

const commandsOf = (action: () => void) =>
  linesOf(action)
    .map(readCommand)
    .filter((command) => command !== undefined)
    .filter(({ name }) => name !== 'task.debug');

const secretsOf = (commands: Command[]) =>
  commands.filter(({ name }) => name === 'task.setsecret').map(({ data }) => data);

const environment = { ...process.env };
const token = 'a-secret-token-0123456789';

describe('pipeline', () => {
  beforeEach(() => {
    internal._knownVariableMap = {};
  });

  afterEach(() => {
    sinon.restore();
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    for (const name of [
      'INPUT_POOL',
      'INPUT_ACCESSTOKEN',
      'VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE',
      'ENDPOINT_AUTH_PARAMETER_id-1_REFRESHTOKEN',
      'ENDPOINT_AUTH_SYSTEMVSSCONNECTION',
    ]) {
      internal._vault.storeSecret(name, '');
    }
  });

  describe('reading', () => {
    it('gives inputs, variables and task variables as texts, empty where there are none', () => {
      internal._vault.storeSecret('INPUT_POOL', 'Linux');
      process.env.BUILD_BUILDID = '4711';
      linesOf(() => {
        const pipeline = agentPipeline();
        assert.equal(pipeline.input('pool'), 'Linux');
        assert.equal(pipeline.input('scope'), '');
        assert.equal(pipeline.variable('Build.BuildId'), '4711');
        assert.equal(pipeline.variable('Build.Nothing'), '');
        assert.equal(pipeline.taskVariable('agentPoolTokenLease'), '');
        internal._vault.storeSecret('VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE', '{"a":1}');
        assert.equal(pipeline.taskVariable('agentPoolTokenLease'), '{"a":1}');
      });
    });

    it('marks a text so that this job alone recognises it, and shows nothing of its token', () => {
      const marks: string[] = [];
      const lines = linesOf(() => {
        for (const accessToken of ['token-of-this-job-0123456789', 'token-of-another-job-01234567', undefined]) {
          process.env.ENDPOINT_URL_SYSTEMVSSCONNECTION = 'https://dev.azure.com/fabrikam/';
          const auth = JSON.stringify({ parameters: { AccessToken: accessToken }, scheme: 'OAuth' });
          internal._vault.storeSecret('ENDPOINT_AUTH_SYSTEMVSSCONNECTION', auth);
          const pipeline = agentPipeline();
          assert.equal(pipeline.seal('{"a":1}'), pipeline.seal('{"a":1}'));
          assert.notEqual(pipeline.seal('{"a":1}'), pipeline.seal('{"a":2}'));
          marks.push(pipeline.seal('{"a":1}'));
        }
      });
      assert.equal(new Set(marks).size, 3);
      for (const mark of marks) assert.match(mark, /^[0-9a-f]{64}$/);
      assert.doesNotMatch(lines.join('\n'), /token-of-/);
    });

    it('gives a connection with its fields, trimmed, and none that the job was not given', () => {
      process.env['ENDPOINT_URL_id-1'] = 'https://dev.azure.com/fabrikam';
      process.env['ENDPOINT_DATA_id-1_TENANTID'] = ' a tenant ';
      linesOf(() => {
        const connection = agentPipeline().connection('id-1');
        assert.equal(connection?.url, 'https://dev.azure.com/fabrikam');
        assert.equal(connection?.data('tenantId'), 'a tenant');
        assert.equal(connection?.data('clientId'), '');
        assert.equal(connection?.secret('refreshToken'), undefined);
        assert.equal(agentPipeline().connection('id-2'), undefined);
      });
    });

    it('masks secrets before it gives them out, and never writes them elsewhere', () => {
      internal._vault.storeSecret('INPUT_ACCESSTOKEN', ` ${token}\n`);
      internal._vault.storeSecret('ENDPOINT_AUTH_PARAMETER_id-1_REFRESHTOKEN', token);
      process.env['ENDPOINT_URL_id-1'] = 'https://dev.azure.com/fabrikam';
      for (const read of [
        () => agentPipeline().secretInput('accessToken'),
        () => agentPipeline().connection('id-1')?.secret('refreshToken'),
      ]) {
        let secret: Secret | undefined;
        const lines = linesOf(() => {
          secret = read();
        });
        assert.equal(secret?.reveal(), token);
        const commands = lines.map(readCommand);
        assert.deepEqual(
          new Set(commands.filter((command) => command?.name === 'task.setsecret').map((command) => command?.data)),
          new Set(new Secret(token).travellingForms()),
        );
        for (const command of commands) {
          assert.ok(command?.name === 'task.setsecret' || !JSON.stringify(command).includes(token), command?.name);
        }
      }
    });

    it('has no secret where nothing, or nothing but space, was passed', () => {
      internal._vault.storeSecret('INPUT_ACCESSTOKEN', ' \n');
      assert.equal(agentPipeline().secretInput('accessToken'), undefined);
      assert.equal(agentPipeline().secretInput('nothing'), undefined);
    });
  });

  describe('saying', () => {
    it('says a line as it is', () => {
      assert.deepEqual(
        linesOf(() => agentPipeline().say('A line.')),
        ['A line.'],
      );
    });

    it('warns without ending the step', () => {
      const commands = commandsOf(() => agentPipeline().warn('Careful.'));
      assert.deepEqual(
        commands.map(({ name, properties, data }) => [name, properties.type, data]),
        [['task.issue', 'warning', 'Careful.']],
      );
    });

    for (const [what, end, result, type] of [
      ['a failure', (message: string) => agentPipeline().fail(message), 'Failed', 'error'],
      [
        'success with issues',
        (message: string) => agentPipeline().succeedWithIssues(message),
        'SucceededWithIssues',
        'warning',
      ],
    ] as const) {
      it(`ends the step as ${what}`, () => {
        const commands = commandsOf(() => end('It\nbroke ##vso[task.complete result=Succeeded;]. 100 %'));
        assert.deepEqual(
          commands.map(({ name, properties }) => [name, properties.type ?? properties.result]),
          [
            ['task.issue', type],
            ['task.complete', result],
          ],
        );
        for (const { data } of commands) assert.equal(data, 'It\nbroke ##vso[task.complete result=Succeeded;]. 100 %');
      });
    }
  });

  describe('masking', () => {
    it('registers every travelling form once', () => {
      const commands = commandsOf(() => agentPipeline().mask(new Secret(token)));
      assert.deepEqual(secretsOf(commands), new Secret(token).travellingForms());
      assert.equal(commands.length, secretsOf(commands).length);
    });

    it('registers each form with the agent once, also where a secret is masked and then published', () => {
      const secrets = secretsOf(
        commandsOf(() => {
          const pipeline = agentPipeline();
          pipeline.mask(new Secret(token));
          pipeline.publishSecret('AGENT_POOL_TOKEN', new Secret(token));
        }),
      );
      assert.equal(new Set(secrets).size, secrets.length);
      assert.ok(secrets.includes(token));
    });

    it('registers a secret of several lines line by line, for the agent takes one at a time', () => {
      const secrets = secretsOf(commandsOf(() => agentPipeline().mask(new Secret('first line\r\n\nsecond line'))));
      assert.ok(secrets.includes('first line') && secrets.includes('second line') && !secrets.includes(''));
      assert.ok(secrets.includes(Buffer.from('first line\r\n\nsecond line').toString('base64').replace(/=+$/, '')));
    });

    it('comes before a secret is published, and publishes it as a secret, never as an output', () => {
      const commands = commandsOf(() => agentPipeline().publishSecret('MY_TOKEN', new Secret(token)));
      assert.deepEqual(secretsOf(commands), new Secret(token).travellingForms());
      const last = commands.at(-1);
      assert.equal(last?.name, 'task.setvariable');
      assert.deepEqual(last?.properties, { variable: 'MY_TOKEN', isOutput: 'false', issecret: 'true' });
      assert.equal(last?.data, token);
      assert.equal(process.env.MY_TOKEN, undefined);
    });

    it('sets a variable that is not secret, and no output', () => {
      const last = commandsOf(() => agentPipeline().setVariable('MY_TIME', 'noon')).at(-1);
      assert.equal(last?.name, 'task.setvariable');
      assert.deepEqual(last?.properties, { variable: 'MY_TIME', isOutput: 'false', issecret: 'false' });
      assert.equal(last?.data, 'noon');
    });

    it('keeps a published secret out of every other line', () => {
      const lines = linesOf(() => agentPipeline().publishSecret('MY_TOKEN', new Secret(token)));
      for (const line of lines) {
        const name = readCommand(line)?.name;
        assert.ok(name === 'task.setsecret' || name === 'task.setvariable' || !line.includes(token), line);
      }
    });
  });

  describe('commands', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '%',
        ']',
        ';',
        '\r',
        '\n',
        '\r\n',
        '##vso[',
        '##vso[task.complete result=Failed;]',
        '=',
        '[',
        ' ',
      ),
      fc.constantFrom('%AZP25', '%0A', '%0D', '%3B', '%5D', '%25', 'AZP25', '0A', '\u2028', '\u0085'),
      fc.string({ maxLength: 5 }),
    );
    const value = fc.array(part, { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));

    it('that set an output are one line that the agent reads back to the same value', () => {
      fc.assert(
        fc.property(value, (text) => {
          const lines = linesOf(() => agentPipeline().setOutput('tokenId', text)).filter(
            (line) => !line.startsWith('##vso[task.debug]'),
          );
          assert.equal(lines.length, 1, lines.join('\n'));
          assert.deepEqual(readCommand(lines[0] ?? ''), {
            name: 'task.setvariable',
            properties: { variable: 'tokenId', isOutput: 'true', issecret: 'false' },
            data: text,
          });
        }),
      );
    });

    it('that set a task variable are one line that the agent reads back to the same value', () => {
      fc.assert(
        fc.property(value, (text) => {
          const commands = commandsOf(() => agentPipeline().setTaskVariable('agentPoolTokenLease', text));
          assert.deepEqual(commands, [
            {
              name: 'task.settaskvariable',
              properties: { variable: 'agentPoolTokenLease', issecret: 'false' },
              data: text,
            },
          ]);
        }),
      );
    });

    it('that mask and publish a secret are lines that the agent reads back to the same values', () => {
      const line = value.map((text) => text.replace(/[\r\n%]/g, '')).filter((text) => text.length >= 8);
      fc.assert(
        fc.property(line, (text) => {
          const commands = commandsOf(() => agentPipeline().publishSecret('MY_TOKEN', new Secret(text)));
          assert.deepEqual(secretsOf(commands), new Secret(text).travellingForms());
          assert.equal(commands.at(-1)?.data, text);
          assert.deepEqual(new Set(commands.map(({ name }) => name)), new Set(['task.setsecret', 'task.setvariable']));
        }),
      );
    });

    it('never register a percent sign, which the agent would echo escaped and so unmasked', () => {
      const half = new Secret('half%half');
      const commands = commandsOf(() => agentPipeline().mask(half));
      assert.deepEqual(
        secretsOf(commands),
        half.travellingForms().filter((form) => !form.includes('%')),
      );
    });

    it('clear a task variable with an empty value', () => {
      const [command] = commandsOf(() => agentPipeline().setTaskVariable('agentPoolTokenLease', ''));
      assert.equal(command?.name, 'task.settaskvariable');
      assert.equal(command?.data, '');
    });
  });

  describe('the network of the agent', () => {
    it('is read from its variables and from the environment, with what is secret in it masked', () => {
      process.env.AGENT_CAINFO = '/ca.pem';
      process.env.HTTPS_PROXY = 'http://me:pass-word@proxy:8080';
      delete process.env.https_proxy;
      delete process.env.no_proxy;
      delete process.env.NO_PROXY;
      delete process.env.NODE_EXTRA_CA_CERTS;
      let network: AgentNetwork | undefined;
      const lines = linesOf(() => {
        network = agentPipeline().network();
      });
      assert.deepEqual(network, {
        skipCertificateValidation: false,
        proxy: { url: 'http://proxy:8080', username: 'me', password: 'pass-word', bypass: [] },
        certificates: { caFile: '/ca.pem' },
      });
      const [masking, others] = [true, false].map((wanted) =>
        lines.filter((line) => line.startsWith('##vso[task.setsecret]') === wanted),
      );
      for (const secret of ['pass-word', Buffer.from('me:pass-word').toString('base64')]) {
        assert.ok(masking?.includes(`##vso[task.setsecret]${secret}`));
        assert.ok(others?.every((line) => !line.includes(secret)));
      }
    });
  });
});
