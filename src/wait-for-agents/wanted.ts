import { quoted } from '../errors';
import type { InputReader } from '../step/input-reader';
import { readSince, type Since } from './since';

/** What an agent can do, as `name` or `name=value`. */
export interface Capability {
  name: string;
  /** Undefined where any value will do. */
  value?: string;
}

/** What a step waits for. */
export interface Wanted {
  /** Which agents must be offline is a matter of their names alone. */
  state: 'online' | 'offline';
  /** Names, in which `*` stands for any text; none means all agents of the target. */
  agents: string[];
  /** How many must be online; undefined means all that are named. */
  count?: number | undefined;
  /** What every agent that counts must have. */
  capabilities: Capability[];
  /** Undefined where an agent counts whenever it came online. */
  since?: Since | 'unknown' | undefined;
}

/** Reads what to wait for. Notes `input-invalid`. */
export function readWanted(reader: InputReader): Wanted {
  const state = reader.oneOf('state', ['online', 'offline'], 'online');
  const agents = reader.list('agents', /[\n,]/);
  if (state === 'offline') {
    if (agents.length === 0) reader.problem('input-invalid', 'agents must name the agents that go offline.');
    refuseConditions(reader);
    return { state, agents, capabilities: [] };
  }
  const count = readCount(reader);
  if (count === undefined && agents.length === 0) {
    reader.problem('input-invalid', 'Neither agents nor count says which agents to wait for.');
  }
  const since = readSince(reader);
  const capabilities = reader.list('capabilities', /\n/).map(readCapability);
  return { state: 'online', agents, count, capabilities, since };
}

function refuseConditions(reader: InputReader): void {
  const why = 'state is offline';
  const visible = 'in the classic editor, pick online once more to see its field';
  for (const name of ['count', 'capabilities']) {
    if (reader.written(name) !== '') reader.refuse(name, why, `leave ${name} empty; ${visible}`);
  }
  if (!['', 'token'].includes(reader.written('since'))) reader.refuse('since', why, `set since to token; ${visible}`);
}

function readCapability(line: string): Capability {
  const [, name = line, value] = /^([^=]*)=(.*)$/.exec(line) ?? [];
  return { name: name.trim(), ...(value !== undefined && { value: value.trim() }) };
}

function readCount(reader: InputReader): number | undefined {
  const count = reader.text('count');
  if (count === '') return undefined;
  if (!/^[1-9]\d{0,3}$/.test(count)) {
    reader.problem('input-invalid', `count ${quoted(count)} is not a number of agents from 1 to 9999.`);
  }
  return Number(count);
}
