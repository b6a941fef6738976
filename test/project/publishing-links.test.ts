import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repositoryAt } from '../../scripts/links/addresses';
import { linkHelp, linkMarkdown, manifestLinks, marketplacePage } from '../../scripts/links/links';

const root = join(__dirname, '..', '..');
const page = marketplacePage('somebody', 'agent-pool-token');
const gitHub = repositoryAt('https://github.com/fabrikam/pool-token');
const azure = repositoryAt('https://dev.azure.com/fabrikam/Agents/_git/pool-token');

describe('the address of a repository', () => {
  for (const address of [
    'https://github.com/fabrikam/pool-token',
    'https://github.com/fabrikam/pool-token/',
    'https://github.com/fabrikam/pool-token.git',
  ]) {
    it(`may be ${address}`, () => {
      const { home, issues, document } = repositoryAt(address);
      assert.equal(home, 'https://github.com/fabrikam/pool-token');
      assert.equal(issues, 'https://github.com/fabrikam/pool-token/issues');
      assert.equal(document('docs/setup.md'), 'https://github.com/fabrikam/pool-token/blob/HEAD/docs/setup.md');
    });
  }

  for (const [address, home, issues] of [
    [
      'https://dev.azure.com/fabrikam/My%20Agents/_git/pool-token',
      'https://dev.azure.com/fabrikam/My%20Agents/_git/pool-token',
      'https://dev.azure.com/fabrikam/My%20Agents/_workitems',
    ],
    [
      'https://fabrikam@dev.azure.com/fabrikam/Agents/_git/pool-token',
      'https://dev.azure.com/fabrikam/Agents/_git/pool-token',
      'https://dev.azure.com/fabrikam/Agents/_workitems',
    ],
    [
      'https://fabrikam.visualstudio.com/Agents/_git/pool-token',
      'https://fabrikam.visualstudio.com/Agents/_git/pool-token',
      'https://fabrikam.visualstudio.com/Agents/_workitems',
    ],
    [
      'https://dev.azure.com/fabrikam/_git/agents',
      'https://dev.azure.com/fabrikam/_git/agents',
      'https://dev.azure.com/fabrikam/agents/_workitems',
    ],
  ] as const) {
    it(`may be ${address}`, () => {
      const repository = repositoryAt(address);
      assert.equal(repository.home, home);
      assert.equal(repository.issues, issues);
      assert.equal(repository.document('README.md#inputs'), `${home}?path=/README.md&anchor=inputs`);
      assert.deepEqual(repository.badges, []);
    });
  }

  for (const address of [
    '',
    'fabrikam/pool-token',
    'git@github.com:fabrikam/pool-token.git',
    'http://github.com/fabrikam/pool-token',
    'https://github.com/fabrikam',
    'https://github.com/fabrikam/pool-token/tree/main',
    'https://github.com/fabrikam/pool-token?tab=readme',
    'https://user:password@github.com/fabrikam/pool-token',
    'https://github.com.example.com/fabrikam/pool-token',
    'https://example.com/dev.azure.com/fabrikam/Agents/_git/pool-token',
    'https://dev.azure.com/fabrikam/Agents/_git/pool-token?version=GBmain',
    'https://dev.azure.com/fabrikam/Agents',
  ]) {
    it(`may not be ${JSON.stringify(address)}`, () => {
      assert.throws(() => repositoryAt(address), /Give https:\/\/github\.com\/OWNER\/REPOSITORY or /);
    });
  }

  it('leads to no document that does not exist', () => {
    assert.throws(() => gitHub.document('docs/nonsense.md'), /docs\/nonsense\.md, which does not exist/);
  });
});

describe('the links of a manifest', () => {
  it('lead to the Marketplace page if nothing else is known', () => {
    assert.deepEqual(manifestLinks({ page, repository: undefined }), {
      links: { getstarted: { uri: page }, learn: { uri: page }, support: { uri: `${page}&ssr=false#qna` } },
    });
  });

  it('lead to the repository if there is one, with badges of a service that the Marketplace shows', () => {
    const home = 'https://github.com/fabrikam/pool-token';
    const { links, repository, badges } = manifestLinks({ page, repository: gitHub }) as {
      links: Record<string, { uri: string }>;
      repository: object;
      badges: { uri: string; href: string }[];
    };
    assert.deepEqual(Object.fromEntries(Object.entries(links).map(([name, { uri }]) => [name, uri])), {
      getstarted: `${home}/blob/HEAD/docs/setup.md`,
      learn: `${home}/blob/HEAD/README.md`,
      support: `${home}/issues`,
      issues: `${home}/issues`,
      license: `${home}/blob/HEAD/LICENSE`,
      repository: home,
      home,
    });
    assert.deepEqual(repository, { type: 'git', uri: home });
    assert.equal(badges.length, 2);
    for (const { uri, href } of badges) {
      assert.equal(new URL(uri).host, 'img.shields.io');
      assert.ok(href.startsWith(`${home}/`));
    }
    assert.ok(existsSync(join(root, '.github', 'workflows', 'ci.yml')), 'the badge shows this workflow');
  });

  it('are none where the publisher is a placeholder', () => {
    assert.deepEqual(manifestLinks({ page: undefined, repository: undefined }), {});
  });

  it('do not call a repository GitHub that is not', () => {
    const keys = Object.keys(manifestLinks({ page, repository: azure }));
    assert.deepEqual(keys, ['links']);
  });
});

describe('the help of a manifest', () => {
  const source = marketplacePage('agentpooltoken', 'agent-pool-token');
  const help = (link: string) => JSON.stringify({ helpMarkDown: `[More](${link}) and more.` });

  it('leads to the page of this publisher, or into the repository', () => {
    assert.equal(linkHelp(help(source), source, { page, repository: undefined }), help(page));
    assert.equal(linkHelp(help(source), source, { page, repository: gitHub }), help(gitHub.document('README.md')));
    assert.equal(linkHelp(`See ${source}.`, source, { page, repository: undefined }), `See ${page}.`);
    assert.equal(linkHelp(help(`${source}#setup`), source, { page, repository: undefined }), help(page));
    const setup = help(gitHub.document('docs/setup.md'));
    assert.equal(linkHelp(help(`${source}#setup`), source, { page, repository: gitHub }), setup);
  });

  it('leads nowhere, and keeps its words, where neither is known', () => {
    const nowhere = { page: undefined, repository: undefined };
    assert.equal(
      linkHelp(help(`${source}#setup`), source, nowhere),
      JSON.stringify({ helpMarkDown: 'More and more.' }),
    );
    assert.equal(linkHelp(`["[a]", "see ${source}"]`, source, nowhere), '["[a]", "see the extension\'s overview"]');
  });

  it('leaves other links alone', () => {
    for (const other of [
      `${source}-dev`,
      marketplacePage('ms', 'vss-web'),
      'https://learn.microsoft.com/azure/devops',
    ]) {
      assert.equal(linkHelp(help(other), source, { page, repository: gitHub }), help(other));
    }
  });

  it('names no page of docs that does not exist', () => {
    assert.throws(
      () => linkHelp(help(`${source}#nonsense`), source, { page, repository: gitHub }),
      /docs\/nonsense\.md/,
    );
  });

  it('names in the manifests as they stand no other page than that of this extension', () => {
    const manifests = [
      'vss-extension.json',
      // A folder is called resources.resjson too.
      ...readdirSync(join(root, 'tasks'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('json'))
        .map(({ parentPath, name }) => relative(root, join(parentPath, name))),
    ];
    for (const file of manifests) {
      const text = readFileSync(join(root, file), 'utf8');
      const packaged = linkHelp(text, source, { page, repository: gitHub });
      assert.doesNotMatch(packaged, /marketplace\.visualstudio\.com/, file);
    }
  });
});

describe('a page of Markdown', () => {
  const text =
    'See [how](docs/setup.md), [all](README.md#inputs), [them](https://example.com/x), ![seen](images/run-log.png).';

  it('leads into the repository, and leaves pictures and other addresses alone', () => {
    const home = 'https://github.com/fabrikam/pool-token/blob/HEAD';
    assert.equal(
      linkMarkdown(text, { repository: gitHub }),
      `See [how](${home}/docs/setup.md), [all](${home}/README.md#inputs), [them](https://example.com/x), ![seen](images/run-log.png).`,
    );
  });

  it('does not pretend to lead where nothing is known', () => {
    assert.equal(
      linkMarkdown(text, { repository: undefined }),
      'See how, all, [them](https://example.com/x), ![seen](images/run-log.png).',
    );
  });
});
