import assert from 'node:assert/strict';
import type { AgentNetwork } from '../../../src/agent-network';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { runStep } from '../../../src/step/run-step';
import { wait } from '../../../src/wait-for-agents/main';
import { type Event, eventsOf, FakePipeline, FakeRuntime, json, noon, patOf } from '../../support/world';

export const minute = 60_000;

export interface FakeAgent {
  name: string;
  status?: 'online' | 'offline';
  enabled?: boolean;
  statusChangedOn?: string;
  createdOn?: string;
  systemCapabilities?: Record<string, unknown>;
  userCapabilities?: Record<string, unknown>;
}

/** A step, and a pool that changes while it waits. */
export class Waiting {
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

export const offline = (name: string): FakeAgent => ({
  name,
  status: 'offline',
  statusChangedOn: '2026-03-01T11:00:00Z',
});
