import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../../setup/arguments';
import { UsageError } from '../../setup/failure';
import { optionsOf } from '../../setup/options';
import { programName } from '../../setup/program';
import { usageOf } from '../../setup/usage';

const needed = [
  '--organization',
  'https://dev.azure.com/contoso',
  '--project',
  'Fabrikam',
  '--pool',
  'Default',
  '--user',
  'pool-issuer@contoso.com',
];

function problemsOf(words: string[]): string[] {
  try {
    readArguments(words);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

describe('the command line of the issuer command', () => {
  it('takes what create needs, and knows the rest', () => {
    const options = readArguments(['create', ...needed]);
    assert.ok(!('help' in options));
    const { organization, given, ...rest } = options;
    assert.deepEqual(given, needed);
    assert.equal(organization.name, 'contoso');
    assert.deepEqual(rest, {
      command: 'create',
      project: 'Fabrikam',
      connection: 'agent-pool-issuer',
      app: 'agent-pool-token contoso',
      user: 'pool-issuer@contoso.com',
      pools: ['Default'],
      pipelines: [],
      approvers: [],
      branches: ['refs/heads/main'],
      allowedScopes: [],
      clientSecret: false,
      agentUser: false,
      dryRun: false,
      yes: false,
      live: false,
      json: false,
      emergency: false,
      port: 8765,
    });
  });

  it('takes every option of create', () => {
    const options = readArguments(
      ['create', ...needed].concat(
        '--pool Linux --pool default --connection c --app a --pipeline p --pipeline q --approver x --branch refs/heads/release/* --max-lifetime-minutes 30 --allowed-scopes agentPool,environment --writer w --client-secret --dry-run --yes --port 9000'.split(
          ' ',
        ),
      ),
    );
    assert.ok(!('help' in options));
    assert.deepEqual(options.pools, ['Default', 'Linux']);
    assert.deepEqual(options.pipelines, ['p', 'q']);
    assert.deepEqual(options.branches, ['refs/heads/release/*']);
    assert.deepEqual(options.allowedScopes, ['agentPool', 'environment']);
    assert.equal(options.maxLifetimeMinutes, 30);
    assert.equal(options.port, 9000);
  });

  it('says everything that is missing at once', () => {
    assert.deepEqual(problemsOf(['create']), [
      '--organization is missing.',
      '--project is missing.',
      '--pool is missing.',
      '--user is missing.',
    ]);
  });

  const replaced = (option: string, value: string) =>
    needed.map((word, index) => (needed[index - 1] === option ? value : word));
  const refused: [string, string[], RegExp][] = [
    ['Azure DevOps Server', replaced('--organization', 'https://tfs.contoso.com/tfs'), /not Azure DevOps Services/],
    ['plain HTTP', replaced('--organization', 'http://dev.azure.com/contoso'), /plain HTTP/],
    [
      'a project in the organization',
      replaced('--organization', 'https://dev.azure.com/contoso/Fabrikam'),
      /nothing more/,
    ],
    [
      'a password in the organization',
      replaced('--organization', 'https://me:hunter2@dev.azure.com/contoso'),
      /user name or password/,
    ],
    ['a user without a domain', replaced('--user', 'pool-issuer'), /no user principal name/],
    ['a placeholder of the documentation', replaced('--user', 'NAME@DOMAIN'), /placeholder/],
    ['a placeholder of its own last lines', [...needed, '--pipeline', 'NAME-OF-THE-PIPELINE'], /placeholder/],
    ['a variable that nothing replaced', replaced('--pool', '$(pool)'), /placeholder/],
    ['an expression that nothing replaced', replaced('--project', '$' + '{{ parameters.project }}'), /placeholder/],
    ['an empty name', replaced('--pool', ' '), /1 to 256 characters/],
    ['a line break in a name', replaced('--pool', 'a\nb'), /1 to 256 characters/],
    ['a branch by its short name', [...needed, '--branch', 'main'], /refs\/heads\/main/],
    ['too long a lifetime', [...needed, '--max-lifetime-minutes', '1441'], /5 to 1440/],
    ['a lifetime with a unit', [...needed, '--max-lifetime-minutes', '1h'], /5 to 1440/],
    ['a scope that does not exist', [...needed, '--allowed-scopes', 'agentpool'], /agentPool/],
    ['a privileged port', [...needed, '--port', '80'], /1024 to 65535/],
    ['a secret for an agent user', [...needed, '--agent-user', '--client-secret'], /nothing is stored/],
    ['a writer for an agent user', [...needed, '--agent-user', '--writer', 'w'], /nothing to renew/],
    ['an option of another command', [...needed, '--json'], /json/],
    ['a word that belongs to no option', [...needed, 'Default'], /Default/],
  ];
  for (const [what, words, problem] of refused) {
    it(`refuses ${what}`, () => {
      const problems = problemsOf(['create', ...words]);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('repeats no password', () => {
    const words = replaced('--organization', 'https://me:hunter2@dev.azure.com/contoso');
    assert.ok(
      !problemsOf(['create', ...words])
        .join()
        .includes('hunter2'),
    );
  });

  it('refuses a command that does not exist', () => {
    assert.match(problemsOf(['destroy'])[0] ?? '', /Usage: .*create\|check\|renew\|remove/);
  });

  it('says first how it is started: by npm in the repository, by node as the file of a release', () => {
    assert.match(usageOf('all'), /^npm run issuer -- create\|check\|renew\|remove \[options\]\n/);
    assert.equal(programName('/home/me/agent-pool-token-issuer-1.0.0.mjs'), 'node agent-pool-token-issuer-1.0.0.mjs');
  });

  for (const command of ['create', 'check', 'renew', 'remove'] as const) {
    const options = Object.keys(optionsOf[command]).filter((option) => option !== 'help');

    it(`has help for ${command}, also without what it needs, which names its options and no other`, () => {
      assert.deepEqual(readArguments([command, '--help']), { help: command });
      const listed = [...usageOf(command).matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option);
      assert.deepEqual(listed.sort(), options.sort());
    });

    it(`takes no option for ${command} that docs/setup.md does not name`, () => {
      const guide = readFileSync(join(__dirname, '..', '..', 'docs', 'setup.md'), 'utf8');
      assert.deepEqual(
        options.filter((option) => !guide.includes(`--${option}`)),
        [],
      );
    });
  }

  it('asks for a user where one is to sign in', () => {
    assert.match(problemsOf(['check', ...needed.slice(0, 4), '--live'])[0] ?? '', /--user/);
  });
});
