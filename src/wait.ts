import { type Agent, listAgents, openPool, type PoolView, readCapabilities } from './agents';
import { messageOf, Problems, quoted, TaskError } from './errors';
import { Conversation } from './http';
import { readWaitInputs, type WaitInputs } from './inputs';
import type { AgentNetwork, Pipeline } from './pipeline';
import type { Runtime } from './runtime';

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
  /** Capabilities by the id of an agent and the time it came, since it tells new ones only then. */
  capabilities: Map<string, Map<string, string>>;
}

/** What is wanted of agents, and how far it is fulfilled. */
interface Standing {
  online: Agent[];
  /** One text for each thing that is still wanted. */
  missing: string[];
}

/**
 * The story of WaitForAgents: waits until the agents are online that a job has booted. Ends the step itself, and throws
 * nothing.
 */
export async function wait(pipeline: Pipeline, open: (network: AgentNetwork) => Runtime): Promise<void> {
  let runtime: Runtime | undefined;
  try {
    const problems = new Problems();
    const inputs = readWaitInputs(pipeline, problems);
    problems.throwIfAny();
    runtime = open(pipeline.network());
    const conversation = new Conversation(runtime, inputs.timeoutMinutes * 60_000 + lastLook);
    runtime.onInterrupt(() => conversation.stop());
    await untilOnline({ pipeline, inputs: inputs as WaitInputs, conversation, capabilities: new Map() });
  } catch (error) {
    pipeline.fail(messageOf(error));
  } finally {
    runtime?.close();
  }
}

async function untilOnline(wait: Wait): Promise<void> {
  const { pipeline, inputs, conversation } = wait;
  const view = await openPool(
    conversation,
    inputs.organization,
    { token: inputs.token, kind: inputs.kind },
    inputs.pool,
  );
  const started = conversation.now();
  const end = started + inputs.timeoutMinutes * 60_000;
  let standing: Standing | undefined;
  let trouble: unknown;
  for (let pause = firstPause; ; pause = Math.min(pause * slower, longestPause)) {
    try {
      const next = await look(wait, view);
      tellChanges(pipeline, standing, next);
      standing = next;
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof TaskError) || !passing.includes(error.code)) throw error;
      pipeline.say(`Looking again later: ${error.what}`);
      trouble = error;
    }
    pipeline.setOutput('onlineCount', String(standing?.online.length ?? 0));
    if (standing?.missing.length === 0 && trouble === undefined) {
      pipeline.progress(100);
      return;
    }
    const left = end - conversation.now();
    if (left <= 0) throw notOnline(inputs, standing, trouble);
    pipeline.progress(Math.floor(((conversation.now() - started) / (end - started)) * 100));
    await conversation.pause(Math.min(pause, left));
  }
}

/** One look at the pool. */
async function look({ inputs, conversation, capabilities }: Wait, view: PoolView): Promise<Standing> {
  const agents = await listAgents(conversation, view);
  const wanted = agents.filter(
    ({ name }) => inputs.agents.length === 0 || inputs.agents.some((one) => isNamed(one, name)),
  );
  const online: Agent[] = [];
  const lacking = new Map<string, string>();
  for (const agent of wanted.filter((one) => one.online)) {
    const key = `${agent.id} ${agent.since}`;
    const known = inputs.capabilities.length === 0 ? new Map() : capabilities.get(key);
    const has = known ?? (await readCapabilities(conversation, view, agent));
    capabilities.set(key, has);
    const lacks = inputs.capabilities.find(({ name, value }) => !hasCapability(has, name, value));
    if (lacks) lacking.set(agent.name.toLowerCase(), `is online, but lacks the capability ${quoted(lacks.name)}`);
    else online.push(agent);
  }
  return { online, missing: missing(inputs, agents, online, lacking) };
}

function missing(inputs: WaitInputs, agents: Agent[], online: Agent[], lacking: Map<string, string>): string[] {
  const absent = (pattern: string) => {
    const known = agents.find(({ name }) => isNamed(pattern, name));
    const lack = known && lacking.get(known.name.toLowerCase());
    if (lack !== undefined) return `${quoted(known?.name ?? pattern)} ${lack}`;
    if (!known) return `${quoted(pattern)} has not registered in the pool`;
    return `${quoted(known.name)} was last seen ${known.since ?? 'at an unknown time'}`;
  };
  const isOnline = (pattern: string) => online.some(({ name }) => isNamed(pattern, name));
  if (inputs.count === undefined) return inputs.agents.filter((pattern) => !isOnline(pattern)).map(absent);
  if (online.length >= inputs.count) return [];
  const others = inputs.agents.filter((pattern) => !isOnline(pattern)).map(absent);
  return [`${online.length} of ${inputs.count} agents are online`, ...others];
}

function hasCapability(capabilities: Map<string, string>, name: string, value: string | undefined): boolean {
  const told = capabilities.get(name.toLowerCase());
  return told !== undefined && (value === undefined || told === value);
}

/** Whether a name is meant by a pattern, in which `*` stands for any text. */
function isNamed(pattern: string, name: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? '';
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

function notOnline(inputs: WaitInputs, standing: Standing | undefined, trouble: unknown): TaskError {
  const why = trouble === undefined ? '' : ` The last look failed: ${messageOf(trouble)}`;
  const what = listed(standing?.missing ?? ['the pool could never be read']);
  return new TaskError('agents-not-online', `After ${inputs.timeoutMinutes} minutes: ${what}.${why}`);
}

function listed(texts: string[]): string {
  const more = texts.length > mostNamed ? `; and ${texts.length - mostNamed} more` : '';
  return texts.slice(0, mostNamed).join('; ') + more;
}
