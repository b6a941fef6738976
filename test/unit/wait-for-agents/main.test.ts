import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { formsOf } from '../../support/leaks';
import {
  adasToken,
  broken,
  envelope,
  eventsOf,
  json,
  noon,
  patOf,
  signInPage,
  text,
  timedOut,
} from '../../support/world';
import { type FakeAgent, minute, offline, Waiting } from './waiting';

describe('wait: whom it waits for', () => {
  it('is content at once with agents that are online, and asks twice', async () => {
    const waiting = new Waiting({ agents: 'build-1, build-2' });
    waiting.agents = [{ name: 'build-1' }, { name: 'BUILD-2' }, offline('build-3')];
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=2']);
    assert.deepEqual(waiting.said, ['"build-1" is online.', '"BUILD-2" is online.']);
    assert.deepEqual(waiting.progress, [100]);
    assert.deepEqual(
      waiting.runtime.requests.map(({ method, url }) => `${method} ${url}`),
      [
        'GET https://dev.azure.com/fabrikam/_apis/distributedtask/pools?poolName=Linux&api-version=7.1',
        'GET https://dev.azure.com/fabrikam/_apis/distributedtask/pools/7/agents?includeCapabilities=false&api-version=7.1',
      ],
    );
    assert.equal(waiting.events.at(-1)?.kind, 'close');
  });

  it('waits for the last of those that are named, and reports each that comes or goes in one line', async () => {
    const waiting = new Waiting({ agents: 'build-1\nbuild-2' });
    waiting.agents = [offline('build-1')];
    waiting
      .at(5, () => waiting.set('build-1', { status: 'online' }))
      .at(20, () => waiting.set('build-1', { status: 'offline' }))
      .at(30, () => waiting.set('build-2', {}))
      .at(60, () => waiting.set('build-1', { status: 'online' }));
    await waiting.run();
    assert.deepEqual(waiting.said, [
      'Waiting: "build-2" has not registered in the pool; "build-1" was last seen 2026-03-01T11:00:00.000Z.',
      '"build-1" is online.',
      '"build-1" is not online any more.',
      '"build-2" is online.',
      '"build-1" is online.',
    ]);
    assert.deepEqual(waiting.failures, []);
    assert.deepEqual(waiting.progress, [0, 50, 0, 50, 50, 100]);
  });

  const whom: [inputs: Record<string, string>, names: string[], met: boolean][] = [
    [{ agents: 'build-*' }, ['build-7'], true],
    [{ agents: 'build-*' }, ['test-7'], false],
    [{ agents: 'BUILD-*-x' }, ['build-1-X'], true],
    [{ agents: 'a*a' }, ['a'], false],
    [{ agents: 'a*a' }, ['aa'], true],
    [{ agents: '*b*b*' }, ['ab'], false],
    [{ agents: '*b*b*' }, ['abcb'], true],
    [{ agents: 'build-.' }, ['build-1'], false],
    [{ agents: 'build-(1+' }, ['build-(1+'], true],
    [{ agents: 'build-*,test-*' }, ['build-1', 'build-2'], false],
    [{ agents: 'build-*,test-*' }, ['build-1', 'test-2'], true],
    [{ agents: 'build-*', count: '2' }, ['build-1', 'test-1'], false],
    [{ agents: 'build-*', count: '2' }, ['build-1', 'build-2'], true],
    [{ agents: 'build-1,build-2', count: '1' }, ['build-2'], true],
    [{ count: '2' }, ['a'], false],
    [{ count: '2' }, ['a', 'b', 'c'], true],
  ];
  for (const [inputs, names, met] of whom) {
    it(`${met ? 'is' : 'is not'} content with ${names.join(', ')} for ${JSON.stringify(inputs)}`, async () => {
      const waiting = new Waiting({ timeoutMinutes: '1', ...inputs });
      waiting.agents = names.map((name) => ({ name }));
      await waiting.run();
      assert.equal(waiting.failures.length, met ? 0 : 1, waiting.failures.join());
    });
  }

  it('does not count an agent that is disabled, and says so', async () => {
    const waiting = new Waiting({ agents: 'build-1', timeoutMinutes: '1' });
    waiting.agents = [{ name: 'build-1', enabled: false }];
    await waiting.run();
    assert.match(waiting.failure, /^After 1 minute: "build-1" is disabled\. .*\(agents-not-online\)$/);
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=0']);
  });

  it('names those that are missing and since when, and how many there are if a number was asked for', async () => {
    const waiting = new Waiting({ agents: 'build-*, other', count: '3', timeoutMinutes: '2' });
    waiting.agents = [{ name: 'build-1' }, offline('build-2'), { name: 'build-3', status: 'offline' }, offline('x')];
    await waiting.run();
    assert.match(
      waiting.failure,
      /^After 2 minutes: 1 of 3 agents are online; "other" has not registered in the pool; "build-2" was last seen 2026-03-01T11:00:00\.000Z; "build-3" was last seen at an unknown time\. /,
    );
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=1']);
    assert.equal(waiting.progress.at(-1), 33);
  });

  it('names the offline agents that a * means, unless one of them is online', async () => {
    const waiting = new Waiting({ agents: 'build-*, test-*', timeoutMinutes: '1' });
    waiting.agents = [{ name: 'test-1' }, offline('test-2'), offline('build-1'), offline('build-2')];
    await waiting.run();
    assert.match(waiting.failure, /^After 1 minute: "build-1" was last seen [^;]*; "build-2" was last seen [^;]*\. /);
  });

  it('names ten, and how many more there are', async () => {
    const waiting = new Waiting({
      agents: Array.from({ length: 25 }, (_, index) => `build-${index}`).join(),
      timeoutMinutes: '1',
    });
    await waiting.run();
    assert.equal(waiting.failure.match(/has not registered/g)?.length, 10);
    assert.match(waiting.failure, /; and 15 more\. /);
  });
});

describe('wait: capabilities', () => {
  const agent: FakeAgent = {
    name: 'build-1',
    systemCapabilities: { 'Agent.OS': 'Linux', docker: '/usr/bin/docker', empty: '' },
    userCapabilities: { size: 'Large=XL' },
  };
  const asked: [capabilities: string, missing?: string][] = [
    ['docker'],
    ['DOCKER\nagent.os = linux'],
    ['size=large=xl'],
    ['empty='],
    ['gpu', 'gpu'],
    ['docker\nAgent.OS=Windows_NT', 'Agent.OS=Windows_NT'],
    ['toString', 'toString'],
    ['__proto__', '__proto__'],
  ];
  for (const [capabilities, missing] of asked) {
    it(`${missing ? 'misses' : 'finds'} ${JSON.stringify(capabilities)}`, async () => {
      const waiting = new Waiting({ agents: 'build-1', capabilities, timeoutMinutes: '1' });
      waiting.agents = [agent];
      await waiting.run();
      if (missing === undefined) assert.deepEqual(waiting.failures, []);
      else assert.ok(waiting.failure.includes(`"build-1" is online, but lacks the capability "${missing}"`));
    });
  }

  const capabilitiesAsked = ({ runtime }: Waiting) =>
    runtime.requests
      .map(({ url }) => new URL(url).searchParams)
      .filter((query) => query.get('includeCapabilities') === 'true')
      .map((query) => query.get('agentName'));

  it('are asked for once of agents that have them, and again of one that has come anew', async () => {
    const waiting = new Waiting({ agents: 'build-*', count: '3', capabilities: 'docker', timeoutMinutes: '2' });
    waiting.agents = [{ ...agent, statusChangedOn: '2026-03-01T11:00:00Z' }, offline('build-2'), { name: 'test-1' }];
    waiting
      .at(30, () => waiting.set('build-1', { status: 'offline' }))
      .at(60, () => waiting.set('build-1', { status: 'online' }));
    await waiting.run();
    assert.deepEqual(capabilitiesAsked(waiting), ['build-1', 'build-1']);
    assert.ok(waiting.looks.length > 4);
  });

  it('are seen when a person adds one to an agent that stays online', async () => {
    const waiting = new Waiting({ agents: 'build-1', capabilities: 'gpu' });
    waiting.agents = [{ ...agent }];
    waiting.at(60, () => Object.assign(waiting.agents[0] ?? {}, { userCapabilities: { gpu: '' } }));
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.equal(capabilitiesAsked(waiting).length, waiting.looks.length);
  });

  it('are seen when the first answer came too early to have any', async () => {
    const waiting = new Waiting({ agents: 'build-1', capabilities: 'docker' });
    waiting.agents = [agent];
    waiting.disturb = ({ url }) =>
      url.includes('includeCapabilities=true') && waiting.looks.length === 1 ? json(200, { value: [] }) : undefined;
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.equal(waiting.looks.length, 2);
  });
});

describe('wait: what it prints', () => {
  const fleet = (count: number, change: Partial<FakeAgent> = {}) =>
    Array.from({ length: count }, (_, index) => ({ name: `build-${index}`, ...change }));

  for (const [present, wanted, lines] of [
    [20, 20, 20],
    [21, 21, 20],
    [1999, 1999, 20],
    [19, 20, 20],
    [1998, 1999, 20],
  ] as const) {
    it(`is ${lines} lines for ${present} of ${wanted} agents at the first look`, async () => {
      const waiting = new Waiting({ count: String(wanted), timeoutMinutes: '1' });
      waiting.agents = fleet(present);
      await waiting.run();
      assert.equal(waiting.said.length, lines);
      const [rest] = waiting.said.filter((line) => line.startsWith('And '));
      const shown = waiting.said.filter((line) => line.endsWith(' is online.')).length;
      assert.equal(shown + Number(/^And (\d+) more/.exec(rest ?? '')?.[1] ?? 0), present);
      assert.equal(
        waiting.said.some((line) => line.startsWith('Waiting: ')),
        present < wanted,
      );
    });
  }

  it('is as short when all go at once', async () => {
    const waiting = new Waiting({ count: '100', timeoutMinutes: '1' });
    waiting.agents = fleet(50);
    waiting.at(5, () => {
      waiting.agents = fleet(50, { status: 'offline' });
    });
    await waiting.run();
    assert.equal(waiting.said.length, 40);
    assert.equal(waiting.said.at(-1), 'And 31 more lines like these.');
  });
});

describe('wait: the remedy fits what is missing', () => {
  const since = '2026-03-01T12:00:00Z';
  const obstacles: [what: string, agent: FakeAgent | undefined, remedy: RegExp][] = [
    ['has not registered in the pool', undefined, /Look at the log of the machines/],
    ['was last seen 2026-03-01T11:00:00.000Z', offline('build-1'), /agent is not running or cannot reach/],
    ['is disabled', { name: 'build-1', enabled: false }, /Enable the agents that are disabled/],
    ['has been online since', { name: 'build-1', statusChangedOn: '2026-03-01T11:00:00Z' }, /set since to any/],
    [
      'lacks the capability "gpu"',
      { name: 'build-1', statusChangedOn: since },
      /Give the agents the capabilities that they lack/,
    ],
  ];
  for (const [what, agent, remedy] of obstacles) {
    it(what, async () => {
      const waiting = new Waiting({ agents: 'build-1', capabilities: 'gpu', since, timeoutMinutes: '1' });
      waiting.agents = agent ? [agent] : [];
      await waiting.run();
      assert.ok(waiting.failure.includes(what), waiting.failure);
      for (const [, , other] of obstacles) assert.equal(other.test(waiting.failure), other === remedy, waiting.failure);
      assert.deepEqual(waiting.onlineCounts, ['onlineCount=0']);
    });
  }

  it('is that of each, once, where agents are missing for several reasons', async () => {
    const waiting = new Waiting({ agents: 'build-1, build-2, build-3', timeoutMinutes: '1' });
    waiting.agents = [offline('build-1'), offline('build-2'), { name: 'build-3', enabled: false }];
    await waiting.run();
    assert.equal(waiting.failure.match(/not running or cannot reach/g)?.length, 1);
    assert.equal(waiting.failure.match(/Enable the agents/g)?.length, 1);
  });
});

describe('wait: onlineCount', () => {
  const present = (inputs: Record<string, string> = {}) => {
    const waiting = new Waiting({ agents: 'build-1, build-2', timeoutMinutes: '5', ...inputs });
    waiting.agents = [{ name: 'build-1' }];
    return waiting;
  };
  const disturbLater = (waiting: Waiting, outcome: HttpOutcome) => {
    waiting.disturb = () => (waiting.runtime.clock > noon + minute ? outcome : undefined);
  };

  const failing: [what: string, change: (waiting: Waiting) => void, code: RegExp][] = [
    ['for lack of time', () => {}, /\(agents-not-online\)$/],
    ['because it is cancelled', (waiting) => waiting.at(60, () => waiting.runtime.interrupt()), /\(cancelled\)$/],
    ['because of its token', (waiting) => disturbLater(waiting, text(401, '')), /\(token-not-accepted\)$/],
    ['because of its role', (waiting) => disturbLater(waiting, envelope(403, 'No.')), /\(pool-not-viewable\)$/],
  ];
  for (const [what, change, code] of failing) {
    it(`is set once where the wait fails ${what}`, async () => {
      const waiting = present();
      change(waiting);
      await waiting.run();
      assert.match(waiting.failure, code);
      assert.deepEqual(waiting.onlineCounts, ['onlineCount=1']);
    });
  }

  it('is not set where no look succeeded', async () => {
    const waiting = present({ timeoutMinutes: '1' });
    waiting.disturb = () => broken;
    await waiting.run();
    assert.deepEqual(waiting.onlineCounts, []);
  });
});

describe('wait: time', () => {
  it('looks after 10 s, then ever more slowly until 30 s, and once more at the end', async () => {
    const waiting = await new Waiting({ count: '1', timeoutMinutes: '3' }).run();
    const pauses = waiting.runtime.sleeps.map((milliseconds) => Math.round(milliseconds / 100) / 10);
    assert.deepEqual(pauses, [10, 12, 14.4, 17.3, 20.7, 24.9, 29.9, 30, 20.8]);
    assert.equal(waiting.times.at(-1), 180);
    assert.match(waiting.failure, /^After 3 minutes: 0 of 1 agents are online\. /);
  });

  for (const [given, minutes] of [
    ['', 30],
    ['1', 1],
    ['1440', 1440],
  ] as const) {
    it(`ends after ${minutes} minutes for ${JSON.stringify(given)}`, async () => {
      const waiting = await new Waiting({ count: '1', timeoutMinutes: given }).run();
      assert.equal(waiting.runtime.clock, noon + minutes * minute);
      assert.match(waiting.failure, /\(agents-not-online\)$/);
    });
  }

  it('sees an agent that comes in the last moment', async () => {
    const waiting = new Waiting({ agents: 'build-1', timeoutMinutes: '1' });
    waiting.at(60, () => waiting.set('build-1', {}));
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
  });

  it('ends about in time where every look takes long', async () => {
    const waiting = new Waiting({ count: '1', timeoutMinutes: '5' });
    waiting.disturb = () => timedOut;
    await waiting.run();
    assert.ok(waiting.runtime.clock <= noon + 5 * minute + 30_000);
    assert.match(waiting.failure, /\(timed-out\)$/);
  });

  it('ends when it is cancelled', async () => {
    const waiting = new Waiting({ count: '1' });
    waiting.at(60, () => waiting.runtime.interrupt());
    await waiting.run();
    // It makes no token and has no post-job step.
    assert.match(waiting.failure, /a token that this step made .* run it again\. \(cancelled\)$/);
    assert.ok(waiting.runtime.clock < noon + 2 * minute);
  });
});

describe('wait: faults that pass', () => {
  const isAgents = ({ url }: HttpRequest) => url.includes('/agents?');
  const faults: Record<string, HttpOutcome> = {
    'a broken connection': broken,
    silence: timedOut,
    'an error of the server': text(503, ''),
    throttling: text(429, ''),
    'an answer that is no list': json(200, { value: 'nothing' }),
    'no JSON': text(200, 'hello', { 'content-type': 'text/plain' }),
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`do not end the wait, and are reported once: ${name}`, async () => {
      const waiting = new Waiting({ agents: 'build-1' });
      waiting.at(300, () => waiting.set('build-1', {}));
      waiting.disturb = () => (waiting.runtime.clock < noon + 200_000 ? fault : undefined);
      await waiting.run();
      assert.deepEqual(waiting.failures, []);
      assert.equal(waiting.said.filter((line) => line.startsWith('Looking again later: ')).length, 1);
      assert.equal(waiting.said.at(-1), '"build-1" is online.');
    });
  }

  it('do not undo what was seen before', async () => {
    const waiting = new Waiting({ agents: 'build-1, build-2', timeoutMinutes: '2' });
    waiting.agents = [{ name: 'build-1' }];
    waiting.disturb = (request, index) => (index > 1 && isAgents(request) ? broken : undefined);
    await waiting.run();
    assert.match(
      waiting.failure,
      /^After 2 minutes: "build-2" has not registered in the pool\. The last look failed: Reading the agents of the pool at dev\.azure\.com failed: .*\(agents-not-online\)$/,
    );
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=1']);
  });

  it('are what the step fails with where nothing else was ever seen', async () => {
    const waiting = new Waiting({ agents: 'build-1', timeoutMinutes: '2' });
    waiting.disturb = () => broken;
    await waiting.run();
    assert.match(waiting.failure, /\(network\)$/);
  });

  it('wait as long as the service asks for', async () => {
    const waiting = new Waiting({ agents: 'build-1', timeoutMinutes: '5' });
    waiting.agents = [offline('build-1')];
    waiting.disturb = (request, index) =>
      index === 1 && isAgents(request) ? json(200, { value: [] }, { 'retry-after': '45' }) : undefined;
    await waiting.run();
    assert.deepEqual(waiting.times.slice(0, 2), [0, 45]);
  });

  it('send nothing before the time that the service asks for, however long that is', async () => {
    const waiting = new Waiting({ agents: 'build-1', timeoutMinutes: '10' });
    waiting.at(310, () => waiting.set('build-1', {}));
    waiting.disturb = (_, index) => (index === 1 ? text(429, '', { 'retry-after': '300' }) : undefined);
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.ok((waiting.times[1] ?? 0) >= 300, String(waiting.times));
  });
});

describe('wait: faults that stay', () => {
  it('a pool that is not there', async () => {
    const waiting = await new Waiting({ pool: 'Nowhere', count: '1' }).run();
    assert.match(waiting.failure, /"Nowhere" in "fabrikam".*\(pool-not-found\)$/);
    assert.deepEqual(waiting.runtime.sleeps, []);
  });

  for (const [name, refusal] of Object.entries({ '401': text(401, ''), 'a sign-in page': signInPage })) {
    it(`a token that was revoked meanwhile, after ten seconds: ${name}`, async () => {
      const waiting = new Waiting({ count: '1' });
      waiting.disturb = () => (waiting.runtime.clock > noon + minute ? refusal : undefined);
      await waiting.run();
      assert.match(waiting.failure, /The token has expired or was revoked.*\(token-not-accepted\)$/);
      assert.ok(waiting.runtime.clock < noon + 2 * minute);
    });
  }

  it('a token that may not read the agents', async () => {
    const waiting = new Waiting({ count: '1' });
    waiting.disturb = (_, index) => (index === 1 ? envelope(403, 'You may not.') : undefined);
    await waiting.run();
    assert.match(waiting.failure, /answered 403 \(You may not\.\).*\(pool-not-viewable\)$/);
  });

  it('an Entra token of a service principal that the organization does not know, at once', async () => {
    const waiting = new Waiting({ count: '1', token: adasToken });
    waiting.disturb = () => text(401, '');
    await waiting.run();
    assert.match(waiting.failure, /service principal.*\(not-signed-in\)$/);
    assert.equal(waiting.runtime.requests.length, 1);
  });
});

describe('wait: inputs', () => {
  for (const [what, token, code] of [
    ['a personal access token', patOf(1), 'token-not-accepted'],
    ['a personal access token of any length', 'x'.repeat(4096), 'token-not-accepted'],
    ['an Entra token', adasToken, 'not-signed-in'],
  ] as const) {
    it(`recognise ${what} by its shape`, async () => {
      const waiting = new Waiting({ count: '1', token });
      waiting.disturb = () => text(401, '');
      await waiting.run();
      assert.match(waiting.failure, new RegExp(`\\(${code}\\)$`));
    });
  }

  const wrong: [inputs: Record<string, string>, says: RegExp][] = [
    [{ pool: '', count: '1' }, /pool is empty/],
    [{ target: 'deploymentGroup', count: '1' }, /deploymentGroup is empty/],
    [{ target: 'environment', count: '1' }, /environment is empty/],
    [{ target: 'environment', environment: 'a', project: '..', count: '1' }, /project "\.\." cannot be/],
    [{ target: 'environment', environment: 'a', project: 'a/b', count: '1' }, /project "a\/b" cannot be/],
    [{ target: 'machines', count: '1' }, /target "machines" is none of/],
    [{}, /Neither agents nor count/],
    [{ agents: ' ,\n, ' }, /Neither agents nor count/],
    [{ count: '0' }, /count "0"/],
    [{ count: '-1' }, /count "-1"/],
    [{ count: 'two' }, /count "two"/],
    [{ count: '10000' }, /count "10000"/],
    [{ count: '1', timeoutMinutes: '0' }, /timeoutMinutes "0".*from 1 to 1440/],
    [{ count: '1', timeoutMinutes: '1441' }, /timeoutMinutes "1441"/],
    [{ count: '1', token: '' }, /token is empty/],
    [{ count: '1', token: '$(AGENT_POOL_TOKEN)' }, /token is empty, or names a variable that does not exist/],
    [{ count: '1', token: 'a word' }, /token is neither/],
    [{ agents: '$(NAMES)' }, /agents .*\$\(NAMES\)/],
    [{ count: '1', organizationUrl: 'http://dev.azure.com/fabrikam' }, /./],
  ];
  for (const [inputs, says] of wrong) {
    it(`are refused before anything is sent: ${JSON.stringify(inputs)}`, async () => {
      const waiting = await new Waiting(inputs).run();
      assert.match(waiting.failure, says);
      assert.match(waiting.failure, /\((input-invalid|host-untrusted|organization-unsupported)\)$/);
      assert.deepEqual(waiting.runtime.requests, []);
      assert.deepEqual(waiting.onlineCounts, []);
    });
  }

  it('are all reported at once', async () => {
    const waiting = await new Waiting({ pool: '', token: '', timeoutMinutes: 'soon' }).run();
    assert.match(waiting.failure, /^There are 4 problems: /);
  });

  it('let another organization be meant', async () => {
    const waiting = new Waiting({ count: '1', organizationUrl: 'https://contoso.visualstudio.com' });
    waiting.agents = [{ name: 'a' }];
    await waiting.run();
    assert.ok(waiting.runtime.requests.every(({ url }) => new URL(url).host === 'contoso.visualstudio.com'));
  });
});

describe('wait: for any answers of the service', () => {
  const answers = fc.oneof(
    fc.constantFrom(broken, timedOut, signInPage),
    fc.json().map((body) => text(200, body)),
    fc.record({ status: fc.integer({ min: 200, max: 599 }), body: fc.string() }).map((it) => text(it.status, it.body)),
    fc
      .array(
        fc.record(
          {
            id: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.anything()),
            name: fc.oneof(
              fc.constantFrom('build-1', '##vso[task.complete]', 'a\r\n##vso[task.setvariable variable=x]y', patOf(1)),
              fc.string(),
              fc.constant(null),
            ),
            status: fc.constantFrom('online', 'offline', null, 7),
            enabled: fc.constantFrom(true, false, 'no'),
            statusChangedOn: fc.oneof(fc.constantFrom('2026-03-01', '+275760-09-13', '-000001-01-01'), fc.string()),
            systemCapabilities: fc.oneof(
              fc.constant({ docker: { toString: 1, valueOf: 1 } }),
              fc.dictionary(fc.string(), fc.jsonValue()),
              fc.jsonValue(),
            ),
          },
          { requiredKeys: [] },
        ),
      )
      .map((value) => json(200, { value: JSON.parse(JSON.stringify(value)) })),
  );

  it('ends in time, with one line and a code, or with success', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answers, { minLength: 1, maxLength: 8 }), async (outcomes) => {
        const waiting = new Waiting({ agents: 'build-*', capabilities: 'docker', timeoutMinutes: '2' });
        waiting.disturb = (_, index) => (index === 0 ? undefined : outcomes[index % outcomes.length]);
        await waiting.run();
        assert.ok(waiting.failures.length <= 1);
        for (const line of [...waiting.said, ...waiting.failures]) {
          assert.doesNotMatch(line, /##\s*(vso)?\[|[\r\n]/i);
          assert.doesNotMatch(line, /bug, which stopped it/);
        }
        for (const line of waiting.failures) assert.match(line, /\([a-z-]+\)$/);
        assert.ok(waiting.runtime.clock <= noon + 2 * minute + 60_000);
        assert.ok(waiting.runtime.requests.length < 200);
        assert.equal(eventsOf(waiting.events, 'close').length, 1);
      }),
      { numRuns: 200 },
    );
  });

  it('never shows the token, and has it masked before it is sent', async () => {
    const waiting = new Waiting({ count: '1', timeoutMinutes: '1' });
    waiting.disturb = (_, index) => (index === 1 ? envelope(403, `Not with ${patOf(1)}.`) : undefined);
    await waiting.run();
    for (const form of formsOf(patOf(1))) assert.ok(!waiting.failure.includes(form));
    const masked = waiting.events.findIndex((event) => event.kind === 'mask' && event.value === patOf(1));
    const sent = waiting.events.findIndex(({ kind }) => kind === 'request');
    assert.ok(masked >= 0 && masked < sent);
    const header = Buffer.from(`:${new Secret(patOf(1)).reveal()}`).toString('base64');
    assert.equal(waiting.runtime.requests[0]?.headers.Authorization, `Basic ${header}`);
  });
});
