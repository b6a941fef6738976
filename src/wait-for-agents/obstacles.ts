import { quoted, remedies } from '../errors';
import { utcText } from '../time';
import type { Agent } from './agent';
import type { Since } from './since';
import type { Capability } from './wanted';

/** Something that is still to come. */
export interface Unmet {
  text: string;
  /** What a reader does about it, as one sentence. */
  remedy?: string;
}

/** A failure names at most this many agents. */
const maxNamed = 10;

/** Why an agent that is meant does not count, and what a reader does about it. */
export const obstacles = {
  unregistered: (pattern: string, place: string): Unmet => ({
    text: `${quoted(pattern)} has not registered in ${place}`,
    remedy:
      'Look at the log of the machines that have not registered: registering failed there, or used another name or another place.',
  }),
  offline: ({ name, changed }: Agent): Unmet => ({
    text: `${quoted(name)} was last seen ${changed === undefined ? 'at ' : ''}${momentOf(changed)}`,
    remedy: remedies['agents-not-online'],
  }),
  disabled: ({ name }: Agent): Unmet => ({
    text: `${quoted(name)} is disabled`,
    remedy: 'Enable the agents that are disabled, on the page of the pool, or name others.',
  }),
  tooEarly: ({ name, changed }: Agent, { time, event }: Since): Unmet => {
    const since = event === undefined ? utcText(time) : `${event} (${utcText(time)})`;
    const when = `${momentOf(changed)}, ${changed === undefined ? 'maybe ' : ''}before ${since}`;
    return {
      text: `${quoted(name)} has been online since ${when}`,
      remedy:
        'Register the agents anew that were online before, or set since to any if they are to count: the service shows an agent online for some minutes after its machine was deleted.',
    };
  },
  incapable: (agent: Agent, { name, value }: Capability): Unmet => {
    const lacking = quoted(value === undefined ? name : `${name}=${value}`);
    return {
      text: `${quoted(agent.name)} is online, but lacks the capability ${lacking}`,
      remedy: 'Give the agents the capabilities that they lack, or correct the input capabilities.',
    };
  },
  stillOnline: ({ name, changed }: Agent): Unmet => ({
    text: `${quoted(name)} is still online, since ${momentOf(changed)}`,
    remedy:
      'Stop the agents that are still online, or raise timeoutMinutes: the service shows an agent online for some minutes after its machine was deleted.',
  }),
};

function momentOf(time: number | undefined): string {
  return time === undefined ? 'an unknown time' : utcText(time);
}

/** Each text, up to a number, and how many more there are. */
export function listed(unmet: Unmet[]): string {
  const texts = unmet.map(({ text }) => text);
  const more = texts.length > maxNamed ? `; and ${texts.length - maxNamed} more` : '';
  return texts.slice(0, maxNamed).join('; ') + more;
}

/** What a reader does about all of it; undefined where that is what the code says. */
export function remedyFor(unmet: Unmet[]): string | undefined {
  const all = new Set(unmet.flatMap(({ remedy }) => remedy ?? []));
  return all.size === 0 ? undefined : [...all].join(' ');
}
