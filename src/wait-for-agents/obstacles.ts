import { quoted, remedies } from '../errors';
import { utcText } from '../utc-text';
import type { Agent } from './agent';
import type { Since } from './since';
import type { Capability } from './wanted';

/** Why an agent that is meant does not count. */
export type Obstacle =
  | { kind: 'offline' | 'disabled' | 'stillOnline' }
  | { kind: 'tooEarly'; since: Since }
  | { kind: 'incapable'; lacking: Capability };

/** Something that is still to come. */
export interface Unmet {
  text: string;
  /** What a reader does about it, as one sentence. */
  remedy?: string;
}

/** A failure names at most this many agents. */
const maxNamed = 10;

/** What a reader does about each obstacle. */
const remedyOf: Record<Obstacle['kind'] | 'unregistered', string> = {
  unregistered:
    'Look at the log of the machines that have not registered: registering failed there, or used another name or another place.',
  offline: remedies['agents-not-online'],
  disabled: 'Enable the agents that are disabled, on the page of the pool, or name others.',
  tooEarly:
    'Register the agents anew that were online before, or set since to any if they are to count: the service shows an agent online for some minutes after its machine was deleted.',
  incapable: 'Give the agents the capabilities that they lack, or correct the input capabilities.',
  stillOnline:
    'Stop the agents that are still online, or raise timeoutMinutes: the service shows an agent online for some minutes after its machine was deleted.',
};

/** A name or pattern that no agent of a place has. */
export function missingName(pattern: string, place: string): Unmet {
  return { text: `${quoted(pattern)} has not registered in ${place}`, remedy: remedyOf.unregistered };
}

/** An agent that does not count yet. */
export function missingAgent(agent: Agent, obstacle: Obstacle): Unmet {
  return { text: `${quoted(agent.name)} ${describe(agent, obstacle)}`, remedy: remedyOf[obstacle.kind] };
}

function describe({ changed }: Agent, obstacle: Obstacle): string {
  const when = changed === undefined ? 'an unknown time' : utcText(changed);
  switch (obstacle.kind) {
    case 'offline':
      return `was last seen ${changed === undefined ? 'at an unknown time' : when}`;
    case 'disabled':
      return 'is disabled';
    case 'stillOnline':
      return `is still online, since ${when}`;
    case 'tooEarly':
      return `has been online since ${when}, ${changed === undefined ? 'maybe ' : ''}before ${momentOf(obstacle.since)}`;
    case 'incapable': {
      const { name, value } = obstacle.lacking;
      return `is online, but lacks the capability ${quoted(value === undefined ? name : `${name}=${value}`)}`;
    }
  }
}

function momentOf({ time, event }: Since): string {
  const moment = utcText(time);
  return event === undefined ? moment : `${event} (${moment})`;
}

/** Each text, up to a number, and how many more there are. */
export function listed(unmet: Unmet[]): string {
  const more = unmet.length > maxNamed ? `; and ${unmet.length - maxNamed} more` : '';
  return (
    unmet
      .slice(0, maxNamed)
      .map(({ text }) => text)
      .join('; ') + more
  );
}

/** What a reader does about all of it; undefined where that is what the code says. */
export function remedyFor(unmet: Unmet[]): string | undefined {
  const all = new Set(unmet.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy])));
  return all.size === 0 ? undefined : [...all].join(' ');
}
