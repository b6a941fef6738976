import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const json = (file: string) => JSON.parse(text(file));

/** The value of a constant of the code, in which a product of numbers may stand. */
function constant(file: string, name: string): number {
  const [, value] = new RegExp(`^(?:export )?const ${name} = ([\\d_* ]+);`, 'm').exec(text(file)) ?? [];
  assert.ok(value, `${file} has no constant ${name}`);
  return value.split('*').reduce((product, factor) => product * Number(factor.trim().replaceAll('_', '')), 1);
}

/** The value that a script takes where a variable of its environment is not set. */
function shellDefault(file: string, variable: string): number {
  const [, value] = new RegExp(`\\$\\{${variable}:-(\\d+)\\}`).exec(text(file)) ?? [];
  assert.ok(value, `${file} has no default of ${variable}`);
  return Number(value);
}

/** Figures of the code, and sentences of documents that have to name them. */
const figures: { what: string; value: number; said: [string, (value: number) => RegExp][] }[] = [
  {
    what: 'the longest lifetime in minutes',
    value: constant('src/step/input-reader.ts', 'maxMinutes'),
    said: [
      ['README.md', (value) => new RegExp(`An exact expiry, 5 to ${value} minutes ahead`)],
      ['README.md', (value) => new RegExp(`\`lifetimeMinutes\` \\| \`60\` \\| Whole minutes, 5 to ${value}\\.`)],
      ['README.md', (value) => new RegExp(`\`timeoutMinutes\` \\| \`30\` \\| Whole minutes, 1 to ${value}\\.`)],
      ['docs/security.md', (value) => new RegExp(`5 to ${value} minutes after it was minted`)],
      ['overview.md', (value) => new RegExp(`It expires 5 minutes to ${value / 60} hours after it was made`)],
      ['SECURITY.md', (value) => new RegExp(`Expiry, 5 minutes to ${value / 60} hours after minting`)],
      ['vss-extension.json', (value) => new RegExp(`whole minutes, from 5 to ${value}\\.`)],
    ],
  },
  {
    what: 'the time of main in milliseconds',
    value: constant('src/agent-pool-token/main.ts', 'budget'),
    said: [
      ['SECURITY.md', (value) => new RegExp(`${value / 1000} seconds in all`)],
      ['docs/troubleshooting.md', (value) => new RegExp(`the step itself\\s+${value / 1000} seconds`)],
    ],
  },
  {
    what: 'the time of post in milliseconds',
    value: constant('src/agent-pool-token/post.ts', 'budget'),
    said: [
      ['SECURITY.md', (value) => new RegExp(`seconds in all, ${value / 1000} for post-job`)],
      ['docs/security.md', (value) => new RegExp(`up to 4 times in ${value / 1000} s`)],
      ['docs/troubleshooting.md', (value) => new RegExp(`the post-job step ${value / 1000} seconds`)],
    ],
  },
  {
    what: 'the first pause between two looks at a pool in milliseconds',
    value: constant('src/wait-for-agents/main.ts', 'firstPause'),
    said: [['docs/registration.md', (value) => new RegExp(`looks every ${value / 1000} seconds at first`)]],
  },
  {
    what: 'the longest pause between two looks at a pool in milliseconds',
    value: constant('src/wait-for-agents/main.ts', 'maxPause'),
    said: [['docs/registration.md', (value) => new RegExp(`every ${value / 1000} seconds later`)]],
  },
  {
    what: 'how many minutes an agent has to be offline',
    value: shellDefault('examples/scripts/remove-lost-agents.sh', 'OFFLINE_MINUTES'),
    said: [
      ['docs/registration.md', (value) => new RegExp(`\\(${value} minutes unless you say otherwise\\)`)],
      ['examples/scripts/remove-lost-agents.sh', (value) => new RegExp(`whole minutes; default ${value}$`, 'm')],
      [
        'examples/remove-lost-agents.yml',
        (value) => new RegExp(`at least so many minutes\n +type: string\n +default: ${value}$`, 'm'),
      ],
    ],
  },
  {
    what: 'the longest secret in characters that is masked in wrapped lines too',
    value: constant('src/travelling-forms.ts', 'maxWrapped'),
    said: [['docs/security.md', (value) => new RegExp(`Those of at most ${value} characters`)]],
  },
  {
    what: 'the shortest text in characters that is masked',
    value: constant('src/travelling-forms.ts', 'minMasked'),
    said: [['docs/security.md', (value) => new RegExp(`fewer than ${value} characters is refused`)]],
  },
  {
    what: 'the bytes that a list of pools or agents may have',
    value: constant('src/azure-devops/token-client.ts', 'maxListBytes'),
    said: [
      ['SECURITY.md', (value) => new RegExp(`${value / 2 ** 20} MiB for a list of pools or agents`)],
      ['docs/troubleshooting.md', (value) => new RegExp(`a list of pools or agents: ${value / 2 ** 20} MiB`)],
    ],
  },
  {
    what: 'the age in days from which on no renewal may wait',
    value: constant('src/renew-agent-pool-token-issuer/inputs.ts', 'maxAge'),
    said: [
      ['README.md', (value) => new RegExp(`left as it is; 0 to ${value} \\|`)],
      ['docs/troubleshooting.md', (value) => new RegExp(`A whole number from 0 to ${value}\\.`)],
    ],
  },
  {
    what: 'the time of one request in milliseconds',
    value: constant('src/http/conversation.ts', 'requestTimeout'),
    said: [
      ['SECURITY.md', (value) => new RegExp(`1 MiB and ${value / 1000} seconds a request`)],
      ['docs/troubleshooting.md', (value) => new RegExp(`A single request may take ${value / 1000} seconds`)],
    ],
  },
];

describe('figures that documents name', () => {
  for (const { what, value, said } of figures) {
    for (const [file, sentence] of said) {
      it(`are those of the code: ${what}, in ${file}`, () => {
        assert.match(text(file), sentence(value));
        assert.doesNotMatch(text(file), sentence(value * 60 + 60), 'another figure would be taken for it');
      });
    }
  }
});

describe('the badges of the README', () => {
  const badges = [
    ...text('README.md').matchAll(/^\[!\[([^\]]+)\]\((https:\/\/img\.shields\.io\/badge\/[^)]+)\)\]/gm),
  ].map(([, words = '', image = '']) => ({ words, shown: decodeURIComponent(image.replace(/^.*\/badge\//, '')) }));
  const oldestAgent = readdirSync(join(root, 'tasks')).map(
    (name) => json(`tasks/${name}/${name}V1/task.json`).minimumAgentVersion as string,
  );

  for (const [what, value] of [
    ['licence', json('package.json').license],
    ['node', json('package.json').engines.node.replace('>=', '')],
    ['agent', oldestAgent[0]],
  ] as const) {
    it(`are true: ${what}`, () => {
      const badge = badges.find(({ shown }) => shown.startsWith(`${what}-`));
      assert.ok(badge?.shown.includes(String(value)), badge?.shown);
      assert.ok(badge?.words.includes(String(value)), badge?.words);
    });
  }

  it('speak for every task', () => {
    assert.equal(new Set(oldestAgent).size, 1);
    assert.equal(badges.length, 3);
  });
});

describe('the overview and the README', () => {
  it('show the same pipeline first', () => {
    const first = (file: string) => /```yaml\n([\s\S]*?)```/.exec(text(file))?.[1];
    assert.ok(first('README.md'));
    assert.equal(first('overview.md'), first('README.md'));
  });

  it('name every task', () => {
    for (const name of readdirSync(join(root, 'tasks'))) {
      assert.match(text('README.md'), new RegExp(`\\b${name}@1`));
      const { friendlyName } = JSON.parse(text(`tasks/${name}/${name}V1/task.json`));
      assert.ok(text('overview.md').includes(friendlyName), friendlyName);
    }
  });

  it('say first what it is and for whom, in five lines at most', () => {
    for (const file of ['README.md', 'overview.md']) {
      const [, paragraph = ''] = /\n\n(A task [\s\S]*?)\n\n/.exec(text(file)) ?? [];
      assert.ok(paragraph.split('\n').length <= 5, file);
      assert.match(paragraph, /revokes it when the job ends[\s\S]*For teams/, file);
    }
  });
});
