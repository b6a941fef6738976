import './support/task-library';

import assert from 'node:assert/strict';

import internal = require('azure-pipelines-task-lib/internal');

import fc from 'fast-check';
import sinon from 'sinon';
import { agentSecrets } from '../src/agent-secrets';
import { TaskError } from '../src/errors';
import { agentPipeline } from '../src/pipeline';
import { Secret } from '../src/secret';

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
  sinon.stub(console, 'log').callsFake((line: string) => void written.push(`${line}\n`));
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
        pipeline.setTaskVariable('agentPoolTokenLease', '{"a":1}');
        assert.equal(pipeline.taskVariable('agentPoolTokenLease'), '{"a":1}');
      });
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

    it('registers a secret of several lines line by line, for the agent takes one at a time', () => {
      const secrets = secretsOf(commandsOf(() => agentPipeline().mask(new Secret('first line\r\n\nsecond line'))));
      assert.ok(secrets.includes('first line') && secrets.includes('second line') && !secrets.includes(''));
      assert.ok(secrets.includes(Buffer.from('first line\r\n\nsecond line').toString('base64')));
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
      const line = value.map((text) => text.replace(/[\r\n%]/g, '')).filter((text) => text !== '');
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
    function network({ AGENT_PROXYURL = '', ...variables }: Record<string, string> = {}) {
      Object.assign(process.env, variables);
      sinon.stub(agentSecrets, 'proxyUrl').value(AGENT_PROXYURL);
      let read: ReturnType<ReturnType<typeof agentPipeline>['network']> | undefined;
      const lines = linesOf(() => {
        read = agentPipeline().network();
      });
      return { read, lines, secrets: secretsOf(lines.map(readCommand).filter((command) => command !== undefined)) };
    }

    it('is plain by default', () => assert.deepEqual(network().read, { skipCertificateValidation: false }));

    it('obeys the agent where it does not check certificates', () => {
      assert.equal(network({ AGENT_SKIPCERTVALIDATION: 'True' }).read?.skipCertificateValidation, true);
      assert.equal(network({ AGENT_SKIPCERTVALIDATION: 'False' }).read?.skipCertificateValidation, false);
    });

    it('warns where certificates are not checked, and only there', () => {
      const warnings = (value: string) => {
        process.env.AGENT_SKIPCERTVALIDATION = value;
        return linesOf(() => agentPipeline().network()).filter((line) => /type=warning.*certificate/.test(line)).length;
      };
      assert.equal(warnings('True'), 1);
      assert.equal(warnings('False'), 0);
    });

    it('has a proxy', () => {
      assert.deepEqual(network({ AGENT_PROXYURL: 'http://proxy:8080' }).read?.proxy, {
        url: 'http://proxy:8080',
        bypass: [],
      });
      assert.deepEqual(
        network({
          AGENT_PROXYURL: 'http://proxy:8080',
          AGENT_PROXYBYPASSLIST: '["^https://intern"]',
          AGENT_PROXYUSERNAME: 'me',
        }).read?.proxy,
        { url: 'http://proxy:8080', bypass: ['^https://intern'], username: 'me', password: '' },
      );
    });

    it('has a proxy with a password, which is masked with what is sent of it, and written nowhere else', () => {
      sinon.stub(agentSecrets, 'proxyPassword').value('pass-word');
      const { read, secrets, lines } = network({ AGENT_PROXYURL: 'http://proxy:8080', AGENT_PROXYUSERNAME: 'me' });
      assert.deepEqual(read?.proxy, { url: 'http://proxy:8080', bypass: [], username: 'me', password: 'pass-word' });
      for (const secret of ['pass-word', Buffer.from('me:pass-word').toString('base64')]) {
        assert.ok(secrets.includes(secret));
        const others = lines.filter((line) => !line.startsWith('##vso[task.setsecret]'));
        assert.ok(others.every((line) => !line.includes(secret)));
      }
    });

    it('has the proxy of the environment where the agent has none, with credentials that are masked', () => {
      const { read, secrets } = network({
        HTTPS_PROXY: 'http://me:pass%2Dword@proxy:8080',
        NO_PROXY: 'intern.example',
      });
      const { bypass, ...address } = read?.proxy ?? assert.fail('there is no proxy');
      assert.deepEqual(address, { url: 'http://proxy:8080', username: 'me', password: 'pass-word' });
      assert.equal(bypass.length, 1);
      assert.ok(secrets.includes('pass-word'));
      assert.ok(secrets.includes(Buffer.from('me:pass-word').toString('base64')));
    });

    it('has the proxy of the environment under either case of its names, the lower one first', () => {
      const { read } = network({
        https_proxy: 'http://lower:1',
        HTTPS_PROXY: 'http://upper:2',
        no_proxy: 'lower.example',
        NO_PROXY: 'upper.example',
      });
      assert.equal(read?.proxy?.url, 'http://lower:1');
      assert.match(read?.proxy?.bypass.join() ?? '', /lower/);
      assert.doesNotMatch(read?.proxy?.bypass.join() ?? '', /upper/);
    });

    it('has a proxy whose address holds the credentials, which are masked', () => {
      const { read, secrets } = network({ AGENT_PROXYURL: 'http://me:pass-word@proxy:8080' });
      assert.deepEqual(read?.proxy, { url: 'http://proxy:8080', username: 'me', password: 'pass-word', bypass: [] });
      assert.ok(secrets.includes('pass-word'));
    });

    it('has the proxy of the agent, whatever the environment has', () => {
      const { read } = network({ AGENT_PROXYURL: 'http://proxy:1', HTTPS_PROXY: 'http://other:2', NO_PROXY: '*' });
      assert.deepEqual(read?.proxy, { url: 'http://proxy:1', bypass: [] });
    });

    for (const [name, value] of [
      ['AGENT_PROXYURL', 'socks5://me:pass-word@proxy'],
      ['HTTPS_PROXY', 'http://me:pass-word@:x'],
    ] as const) {
      it(`says so, without repeating it, where ${name} is no HTTP proxy`, () => {
        assert.throws(
          () => network({ [name]: value }),
          (error) => error instanceof TaskError && error.code === 'network' && !error.message.includes('pass-word'),
        );
      });
    }

    it('has certificates', () => {
      assert.deepEqual(network({ AGENT_CAINFO: '/ca.pem' }).read?.certificates, { caFile: '/ca.pem' });
      sinon.stub(agentSecrets, 'clientCertificatePassword').value('pass-phrase');
      const { read, secrets } = network({
        AGENT_CAINFO: '/ca.pem',
        AGENT_CLIENTCERT: '/cert.pem',
        AGENT_CLIENTCERTKEY: '/key.pem',
        AGENT_CLIENTCERTARCHIVE: '/archive.pfx',
      });
      assert.deepEqual(read?.certificates, {
        caFile: '/ca.pem',
        certFile: '/cert.pem',
        keyFile: '/key.pem',
        archiveFile: '/archive.pfx',
        passphrase: 'pass-phrase',
      });
      assert.ok(secrets.includes('pass-phrase'));
      assert.deepEqual(
        network({ AGENT_CLIENTCERT: '/cert.pem', AGENT_CAINFO: '' }).read?.certificates?.certFile,
        '/cert.pem',
      );
    });

    for (const [what, list] of [
      ['no JSON', '[oops'],
      ['no list', '{"a":1}'],
      ['no patterns', '["*.intern"]'],
    ] as const) {
      it(`says so where the bypass list of the proxy holds ${what}`, () => {
        assert.throws(
          () => network({ AGENT_PROXYURL: 'http://proxy:8080', AGENT_PROXYBYPASSLIST: list }),
          (error) => error instanceof TaskError && error.code === 'network' && /bypass/.test(error.message),
        );
      });
    }
  });
});
