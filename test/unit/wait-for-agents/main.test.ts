import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AgentNetwork } from '../../../src/agent/network';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { runStep } from '../../../src/step/run-step';
import { wait } from '../../../src/wait-for-agents/main';
import { formsOf } from '../../support/leaks';
import {
  adasToken,
  broken,
  type Event,
  envelope,
  eventsOf,
  FakePipeline,
  FakeRuntime,
  json,
  noon,
  patOf,
  signInPage,
  text,
  timedOut,
} from '../../support/world';

const minute = 60_000;

interface FakeAgent {
  name: string;
  status?: 'online' | 'offline';
  enabled?: boolean;
  statusChangedOn?: string;
  systemCapabilities?: Record<string, unknown>;
  userCapabilities?: Record<string, unknown>;
}

/** A step, and a pool that changes while it waits. */
class Waiting {
  readonly events: Event[] = [];
  readonly pipeline = new FakePipeline(this.events);
  readonly runtime = new FakeRuntime(this.events);
  agents: FakeAgent[] = [];
  /** What happens when so many seconds have passed, to be done once. */
  readonly later = new Map<number, () => void>();
  /** Decides how a request ends; undefined where the service works. */
  disturb: (request: HttpRequest, index: number) => HttpOutcome | undefined = () => undefined;

  constructor(inputs: Record<string, string>) {
    this.pipeline.inputs = { token: patOf(1), pool: 'Linux', ...inputs };
    this.runtime.reply = (request, index) => this.disturb(request, index) ?? this.#works(request);
  }

  at(seconds: number, happens: () => void): this {
    this.later.set(seconds, happens);
    return this;
  }

  set(name: string, change: Partial<FakeAgent>): void {
    const agent = this.agents.find((one) => one.name === name);
    if (agent) Object.assign(agent, change, { statusChangedOn: new Date(this.runtime.clock).toISOString() });
    else this.agents.push({ name, statusChangedOn: new Date(this.runtime.clock).toISOString(), ...change });
  }

  async run(): Promise<this> {
    const open = (network: AgentNetwork) => {
      this.events.push({ kind: 'open', network });
      return this.runtime;
    };
    await runStep({ pipeline: this.pipeline, open }, wait);
    return this;
  }

  #works(request: HttpRequest): HttpOutcome {
    for (const [seconds, happens] of this.later) {
      if (this.runtime.clock < noon + seconds * 1000) continue;
      this.later.delete(seconds);
      happens();
    }
    const url = new URL(request.url);
    if (url.pathname.endsWith('/pools')) {
      const name = url.searchParams.get('poolName');
      return json(200, { value: name?.toLowerCase() === 'linux' ? [{ id: 7, name: 'Linux' }] : [] });
    }
    assert.match(url.pathname, /\/_apis\/distributedtask\/pools\/7\/agents$/);
    const name = url.searchParams.get('agentName');
    const withCapabilities = url.searchParams.get('includeCapabilities') === 'true';
    const value = this.agents
      .map((agent, index) => ({ id: index + 1, status: 'online', enabled: true, ...agent }))
      .filter((agent) => name === null || agent.name === name)
      .map(({ systemCapabilities, userCapabilities, ...agent }) =>
        withCapabilities ? { ...agent, systemCapabilities, userCapabilities } : agent,
      );
    return json(200, { value });
  }

  get said(): string[] {
    return eventsOf(this.events, 'say').map(({ text }) => text);
  }

  get failures(): string[] {
    return eventsOf(this.events, 'fail').map(({ text }) => text);
  }

  get failure(): string {
    assert.equal(this.failures.length, 1, this.failures.join(' / '));
    return this.failures[0] ?? '';
  }

  get onlineCounts(): string[] {
    return eventsOf(this.events, 'output').map(({ name, value }) => `${name}=${value}`);
  }

  get progress(): number[] {
    return eventsOf(this.events, 'progress').map(({ percent }) => percent);
  }

  get looks(): HttpRequest[] {
    return this.runtime.requests.filter(({ url }) => url.includes('includeCapabilities=false'));
  }

  /** Seconds since the start, of each look. */
  get times(): number[] {
    return eventsOf(this.events, 'request')
      .filter(({ request }) => this.looks.includes(request))
      .map(({ at }) => (at - noon) / 1000);
  }
}

const offline = (name: string): FakeAgent => ({ name, status: 'offline', statusChangedOn: '2026-03-01T11:00:00Z' });

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

  it('waits for the last of those that are named, and tells each that comes or goes in one line', async () => {
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

  it('are asked for once, of agents that are online, and again of one that has come anew', async () => {
    const waiting = new Waiting({ agents: 'build-*', count: '3', capabilities: 'docker', timeoutMinutes: '2' });
    waiting.agents = [{ ...agent, statusChangedOn: '2026-03-01T11:00:00Z' }, offline('build-2'), { name: 'test-1' }];
    waiting
      .at(30, () => waiting.set('build-1', { status: 'offline' }))
      .at(60, () => waiting.set('build-1', { status: 'online' }));
    await waiting.run();
    const detailed = waiting.runtime.requests.filter(({ url }) => url.includes('includeCapabilities=true'));
    assert.deepEqual(
      detailed.map(({ url }) => new URL(url).searchParams.get('agentName')),
      ['build-1', 'build-1'],
    );
    assert.ok(waiting.looks.length > 4);
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
    assert.match(waiting.failure, /\(cancelled\)$/);
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
    it(`do not end the wait, and are told once: ${name}`, async () => {
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
    assert.match(waiting.failure, /answered 403 \(You may not\.\).*\(token-not-accepted\)$/);
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
    it(`tell ${what} by its shape`, async () => {
      const waiting = new Waiting({ count: '1', token });
      waiting.disturb = () => text(401, '');
      await waiting.run();
      assert.match(waiting.failure, new RegExp(`\\(${code}\\)$`));
    });
  }

  const wrong: [inputs: Record<string, string>, tells: RegExp][] = [
    [{ pool: '', count: '1' }, /pool must name an agent pool/],
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
  for (const [inputs, tells] of wrong) {
    it(`are refused before anything is sent: ${JSON.stringify(inputs)}`, async () => {
      const waiting = await new Waiting(inputs).run();
      assert.match(waiting.failure, tells);
      assert.match(waiting.failure, /\((input-invalid|host-untrusted|organization-unsupported)\)$/);
      assert.deepEqual(waiting.runtime.requests, []);
      assert.deepEqual(waiting.onlineCounts, []);
    });
  }

  it('are all told at once', async () => {
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

describe('wait: whatever the service answers', () => {
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
