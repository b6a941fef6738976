import type { Pipeline } from '../agent/pipeline';
import { Pools } from '../azure-devops/pools';
import { quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { InputReader } from '../step/input-reader';
import type { Step } from '../step/run-step';
import { type Agent, openPool, type PoolView } from './agents-online';
import { readWaitInputs, type WaitInputs } from './inputs';

const firstPause = 10_000;
const longestPause = 30_000;
const slower = 1.2;
/** Milliseconds for the last look, which begins within the time that was given. */
const lastLook = 30_000;
/** A failure names at most this many agents. */
const mostNamed = 10;
/** Faults that may be gone at the next look. */
const passing = ['network', 'timed-out', 'throttled', 'response-malformed'];

interface Wait {
  pipeline: Pipeline;
  inputs: WaitInputs;
  conversation: Conversation;
  /** Known once the pool has been found. */
  view?: PoolView;
  /** Capabilities by the id of an agent and the time it came, since it tells new ones only then. */
  capabilities: Map<string, Map<string, string>>;
}

/** What is wanted of agents, and how far it is fulfilled. */
interface Standing {
  online: Agent[];
  /** One text for each thing that is still wanted. */
  missing: string[];
  /** From 0 to 1. */
  fulfilled: number;
}

/** The story of WaitForAgents: waits until the agents are online that a job has booted. */
export async function wait({ pipeline, goOnline }: Step): Promise<void> {
  const inputs = readWaitInputs(new InputReader(pipeline));
  const { conversation } = goOnline({
    budget: inputs.timeoutMinutes * 60_000 + lastLook,
    onCancel: (cancelled) => cancelled.stop(),
  });
  await untilOnline({ pipeline, inputs, conversation, capabilities: new Map() });
}

async function untilOnline(wait: Wait): Promise<void> {
  const { pipeline, inputs, conversation } = wait;
  const end = conversation.now() + inputs.timeoutMinutes * 60_000;
  let standing: Standing | undefined;
  let trouble: TaskError | undefined;
  for (let pause = firstPause; ; pause = Math.min(pause * slower, longestPause)) {
    try {
      const next = await look(wait);
      tellChanges(pipeline, standing, next);
      standing = next;
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof TaskError) || !passing.includes(error.code)) throw explained(error);
      if (error.code !== trouble?.code) pipeline.say(`Looking again later: ${error.what}`);
      trouble = error;
    }
    if (standing) pipeline.progress(Math.floor(standing.fulfilled * 100));
    const left = end - conversation.now();
    const found = standing?.missing.length === 0;
    if (found || left <= 0) {
      pipeline.setOutput('onlineCount', String(standing?.online.length ?? 0));
      if (found) return;
      throw notOnline(inputs, standing, trouble);
    }
    await conversation.pause(Math.min(pause, left));
  }
}

/** What a token that is not accepted means here, where it is no fresh one. */
function explained(error: unknown): unknown {
  if (!(error instanceof TaskError) || error.code !== 'token-not-accepted') return error;
  return new TaskError(error.code, error.what, {
    remedy:
      'The token has expired or was revoked, or its user may not see agent pools: put this step before whatever revokes the token, and let the token live longer than timeoutMinutes.',
    cause: error,
  });
}

/** One look at the pool. */
async function look(wait: Wait): Promise<Standing> {
  const { inputs, conversation, capabilities } = wait;
  const { organization, token, kind, pool } = inputs;
  wait.view ??= await openPool(new Pools(conversation, organization, { token, kind }), pool);
  const agents = await wait.view.agents();
  const wanted = agents.filter(
    ({ name }) => inputs.agents.length === 0 || inputs.agents.some((pattern) => isNamed(pattern, name)),
  );
  const lacking = new Map<Agent, string>();
  for (const agent of wanted) {
    if (!agent.online || inputs.capabilities.length === 0) continue;
    const key = `${agent.id} ${agent.since}`;
    const has = capabilities.get(key) ?? (await wait.view.capabilities(agent));
    capabilities.set(key, has);
    const lack = inputs.capabilities.find(({ name, value }) => !hasCapability(has, name, value));
    if (lack) lacking.set(agent, lack.value === undefined ? lack.name : `${lack.name}=${lack.value}`);
  }
  const online = wanted.filter((agent) => agent.online && !lacking.has(agent));
  return { online, ...compare(inputs, { wanted, online, lacking }) };
}

interface Sight {
  /** Agents that are meant, whatever they do. */
  wanted: Agent[];
  /** Those that count. */
  online: Agent[];
  /** Those that are online without a capability, and which. */
  lacking: Map<Agent, string>;
}

function compare({ agents, count }: WaitInputs, { wanted, online, lacking }: Sight): Omit<Standing, 'online'> {
  const isOnline = (pattern: string) => online.some(({ name }) => isNamed(pattern, name));
  const unknown = agents
    .filter((pattern) => !wanted.some(({ name }) => isNamed(pattern, name)))
    .map((pattern) => `${quoted(pattern)} has not registered in the pool`);
  const absent = (among: Agent[]) =>
    among.filter((agent) => !online.includes(agent)).map((agent) => describe(agent, lacking.get(agent)));
  if (count !== undefined) {
    if (online.length >= count) return { missing: [], fulfilled: 1 };
    const missing = [`${online.length} of ${count} agents are online`, ...unknown, ...absent(wanted)];
    return { missing, fulfilled: online.length / count };
  }
  const open = agents.filter((pattern) => !isOnline(pattern));
  const meant = wanted.filter(({ name }) => open.some((pattern) => isNamed(pattern, name)));
  return { missing: [...unknown, ...absent(meant)], fulfilled: 1 - open.length / agents.length };
}

function describe({ name, since, disabled }: Agent, lack: string | undefined): string {
  if (lack !== undefined) return `${quoted(name)} is online, but lacks the capability ${quoted(lack)}`;
  if (disabled) return `${quoted(name)} is disabled`;
  return `${quoted(name)} was last seen ${since ?? 'at an unknown time'}`;
}

/** Compared as the demands of a job are: whatever the case. */
function hasCapability(capabilities: Map<string, string>, name: string, value: string | undefined): boolean {
  const told = capabilities.get(name.toLowerCase());
  return told !== undefined && (value === undefined || told.toLowerCase() === value.toLowerCase());
}

/** Whether a name is meant by a pattern, in which `*` stands for any text. */
function isNamed(pattern: string, name: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() as string;
  // Not a regular expression made of what people wrote: parts in order is all that * means.
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** One line for each agent that came or went. */
function tellChanges(pipeline: Pipeline, before: Standing | undefined, now: Standing): void {
  const names = (standing: Standing | undefined) => new Set(standing?.online.map(({ name }) => name));
  const [old, current] = [names(before), names(now)];
  for (const name of current) if (!old.has(name)) pipeline.say(`${quoted(name)} is online.`);
  for (const name of old) if (!current.has(name)) pipeline.say(`${quoted(name)} is not online any more.`);
  if (before === undefined && now.missing.length > 0) pipeline.say(`Waiting: ${listed(now.missing)}.`);
}

function notOnline(inputs: WaitInputs, standing: Standing | undefined, trouble: TaskError | undefined): TaskError {
  if (!standing) return trouble as TaskError;
  const minutes = inputs.timeoutMinutes === 1 ? '1 minute' : `${inputs.timeoutMinutes} minutes`;
  const why = trouble === undefined ? '' : ` The last look failed: ${trouble.what}`;
  return new TaskError('agents-not-online', `After ${minutes}: ${listed(standing.missing)}.${why}`);
}

function listed(texts: string[]): string {
  const more = texts.length > mostNamed ? `; and ${texts.length - mostNamed} more` : '';
  return texts.slice(0, mostNamed).join('; ') + more;
}
