import type { Pipeline } from '../agent/pipeline';
import { quoted } from '../errors';
import type { Look } from './look';
import { listed } from './obstacles';
import type { Wanted } from './wanted';

/** One look prints at most this many lines. */
const maxLines = 20;

/** Prints what changed since the look before: one line for each agent, and how many more there are. */
export function printChanges(pipeline: Pipeline, wanted: Wanted, [before, now]: [Look | undefined, Look]): void {
  const waiting = before === undefined && now.unmet.length > 0 ? [`Waiting: ${listed(now.unmet)}.`] : [];
  const changes = wanted.state === 'offline' && !before ? unregisteredOf(now) : changesOf(before, now);
  const room = maxLines - waiting.length;
  const shown = changes.length > room ? changes.slice(0, room - 1) : changes;
  const rest = changes.length - shown.length;
  for (const line of [...shown, ...(rest > 0 ? [`And ${rest} more lines like these.`] : []), ...waiting]) {
    pipeline.say(line);
  }
  pipeline.progress(Math.floor(now.fulfilled * 100));
}

/** A misspelt name would otherwise pass for an agent that is offline. */
function unregisteredOf({ unregistered }: Look): string[] {
  return unregistered.map((pattern) => `${quoted(pattern)} is not registered, and so not online.`);
}

function changesOf(before: Look | undefined, now: Look): string[] {
  const names = (look: Look | undefined) => new Set(look?.online.map(({ name }) => name));
  const [old, current] = [names(before), names(now)];
  const came = [...current].filter((name) => !old.has(name)).map((name) => `${quoted(name)} is online.`);
  const went = [...old].filter((name) => !current.has(name)).map((name) => `${quoted(name)} is not online any more.`);
  return [...came, ...went];
}
