import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../scripts/command-line';
import { editionOf } from '../../scripts/edition/edition';
import { checkPublisher, placeholderPublisher } from '../../scripts/edition/publisher';
import { repositoryAt } from '../../scripts/links/addresses';
import { repositoryOfClone } from '../../scripts/links/git-remote';
import { anchorOf } from '../../scripts/links/links';
import { overview } from '../../scripts/links/overview';
import { stagedFiles } from '../support/packaging';

const gitHub = 'https://github.com/fabrikam/pool-token';
const azure = 'https://dev.azure.com/fabrikam/Agents/_git/pool-token';

describe('the repository of a clone', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'clone-'));
    git('init', '--quiet');
  });
  after(() => rmSync(folder, { recursive: true }));

  function git(...args: string[]): void {
    assert.equal(spawnSync('git', args, { cwd: folder }).status, 0, args.join(' '));
  }

  /** What the clone knows where its origin is at an address. */
  function originAt(address: string) {
    git('config', 'remote.origin.url', address);
    return repositoryOfClone(folder);
  }

  it('is not guessed where there is no origin', () => assert.equal(repositoryOfClone(folder), undefined));

  for (const [address, home] of [
    [`${gitHub}.git`, gitHub],
    ['git@github.com:fabrikam/pool-token.git', gitHub],
    ['ssh://git@github.com/fabrikam/pool-token.git', gitHub],
    ['https://x-access-token:s3cret@github.com/fabrikam/pool-token', gitHub],
    [azure, azure],
    ['https://fabrikam@dev.azure.com/fabrikam/Agents/_git/pool-token', azure],
    ['https://:s3cret@dev.azure.com/fabrikam/Agents/_git/pool-token', azure],
    ['git@ssh.dev.azure.com:v3/fabrikam/Agents/pool-token', azure],
    [
      'fabrikam@vs-ssh.visualstudio.com:v3/fabrikam/Agents/pool-token',
      'https://fabrikam.visualstudio.com/Agents/_git/pool-token',
    ],
  ] as const) {
    it(`is found behind ${address}, and no credential with it`, () => {
      const repository = originAt(address);
      assert.equal(repository?.home, home);
      assert.ok(![repository?.home, repository?.issues, repository?.document('README.md')].join().includes('s3cret'));
    });
  }

  for (const address of ['/srv/git/pool-token.git', '../pool-token', 'https://git.example.com/fabrikam/pool-token']) {
    it(`is not guessed from ${JSON.stringify(address)}`, () => assert.equal(originAt(address), undefined));
  }
});

describe('a publisher', () => {
  for (const id of ['fabrikam', 'Fabrikam-Inc', '2fabrikam', 'a1']) {
    it(`may be ${id}`, () => assert.equal(checkPublisher(id), id));
  }

  for (const id of [
    '',
    'a',
    '-fabrikam',
    'Fabrikam Inc.',
    'fabrikam.agents',
    'fäbrikam',
    'fabrikam_inc',
    'fabrikam\n',
  ]) {
    it(`may not be ${JSON.stringify(id)}: that is said before anything is packaged`, () => {
      assert.throws(() => checkPublisher(id), /is no id of a publisher: at least two letters, digits and hyphens/);
    });
  }

  it('is checked with the other options of the command', () => {
    assert.throws(
      () => editionOf({ dev: false, output: 'dist', publisher: 'Fabrikam Inc.' }),
      (error) => error instanceof UsageError && /^"Fabrikam Inc\." is no id of a publisher: /.test(error.message),
    );
  });
});

describe('what a package lacks', () => {
  const edition = (options: object) => editionOf({ dev: false, output: 'dist', ...options });

  /** Asks where git knows no origin, wherever this clone came from. */
  function withoutOrigin<Result>(ask: () => Result): Result {
    const settings = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'remote.origin.url', GIT_CONFIG_VALUE_0: '' };
    Object.assign(process.env, settings);
    try {
      return ask();
    } finally {
      for (const name of Object.keys(settings)) delete process.env[name];
    }
  }

  it('is nothing where publisher and repository are given', () => {
    assert.deepEqual(edition({ publisher: 'fabrikam', repository: gitHub }).missing, []);
  });

  it('is said, loudly, with the option that mends it; and no link leads to an unknown publisher or a missing document', async () => {
    const [line, ...more] = edition({ repository: gitHub }).missing;
    assert.match(line ?? '', new RegExp(`^WARNING: .*${placeholderPublisher} is a placeholder.*--publisher NAME\\.$`));
    assert.deepEqual(more, []);
    const here = withoutOrigin(() => edition({}));
    assert.equal(here.repository, undefined);
    assert.match(here.missing[0] ?? '', /^WARNING: this package names no repository\. .*: give --repository URL\.$/);
    assert.match(here.missing[1] ?? '', /^WARNING: this package names no publisher of yours/);
    const { 'overview.md': page, ...files } = await stagedFiles(here);
    for (const [file, text] of Object.entries(files).filter(([name]) => /\.(json|resjson)$/.test(name))) {
      assert.doesNotMatch(text, /marketplace\.visualstudio\.com/, file);
    }
    assert.equal(page, overview({ repository: undefined }));
  }).timeout(300_000);

  it('is not the page in the Marketplace where a publisher is named: help leads there', async () => {
    const staged = await stagedFiles(withoutOrigin(() => edition({ publisher: 'fabrikam' })));
    const page = /marketplace\.visualstudio\.com\/items\?itemName=fabrikam\./;
    const extension = staged['vss-extension.json'] ?? assert.fail('there is no manifest');
    const task = staged['tasks/AgentPoolToken/AgentPoolTokenV1/task.json'] ?? assert.fail('there is no task');
    for (const manifest of [extension, task]) assert.match(manifest, page);
  }).timeout(300_000);
});

describe('the overview of a package without a repository', () => {
  const page = overview({ repository: undefined });
  const prose = page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

  it('contains the pages on setting up, under headings of which no two share an anchor', () => {
    for (const anchor of ['setting-up-an-issuer', '3-the-refresh-token']) assert.ok(headings.includes(anchor), anchor);
    assert.deepEqual(
      headings.filter((anchor, index) => headings.indexOf(anchor) !== index),
      [],
    );
    assert.equal(prose.match(/^# /gm)?.length, 1);
  });

  it('links to headings that it has, to pictures and to addresses, and to nothing else', () => {
    const links = [...page.matchAll(/\]\((?!https:|images\/)([^)]+)\)/g)].map(([, target]) => String(target));
    assert.ok(links.length > 10);
    for (const link of links) assert.ok(link.startsWith('#') && headings.includes(link.slice(1)), link);
  });

  it('lists no documents that readers cannot reach, and says where they are', () => {
    assert.doesNotMatch(page, /^## More$/m);
    assert.match(page, /comes with the source/);
    assert.match(overview({ repository: repositoryAt(gitHub) }), /^## More$/m);
  });
});
