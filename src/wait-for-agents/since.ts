import { mintTimeVariable } from '../azure-devops/tokens/mint-time';
import { quoted } from '../errors';
import type { InputReader } from '../step/input-reader';
import { startOfRun } from '../step/start-of-run';

/** From when on an agent must have come online to count. */
export interface Since {
  /** Milliseconds since 1970, UTC. */
  time: number;
  /** For messages: what happened then, or nothing where the author of the pipeline chose the time. */
  event?: string;
}

/** What cannot be read from this job, so that agents count whenever they came online. */
export const unknownMintTime =
  'This job has no variable that states when its token was minted, or when its pipeline started: agents count whenever they came online, even if their machine was deleted a moment ago. Let the step AgentPoolToken set the variable AGENT_POOL_TOKEN, or set since to a time.';

/**
 * Reads from when on agents count. Notes `input-invalid`.
 * @returns undefined where any agent counts that is online; 'unknown' where that is only for lack of a time.
 */
export function readSince(reader: InputReader): Since | 'unknown' | undefined {
  const text = reader.text('since') || 'token';
  if (text === 'any') return undefined;
  if (text === 'token') return mintTime(reader);
  const time = parseTime(text);
  if (time !== undefined) return { time };
  const what = `since ${quoted(text)} is neither token, nor any, nor a time with its zone, such as 2026-03-01T12:00:00Z.`;
  return reader.problem('input-invalid', what);
}

function mintTime(reader: InputReader): Since | 'unknown' {
  const minted = parseTime(reader.variable(mintTimeVariable('AGENT_POOL_TOKEN')));
  if (minted !== undefined) return { time: minted, event: 'the token of this job was minted' };
  const started = startOfRun(reader);
  return started === undefined ? 'unknown' : { time: started, event: 'this pipeline run started' };
}

/**
 * Reads an ISO 8601 time that states its zone, or a date, which begins at midnight UTC; undefined for anything else.
 * @returns milliseconds since 1970, UTC.
 */
export function parseTime(text: string): number | undefined {
  const written = /^(\d{4}-\d\d-(\d\d))(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d))?$/i.exec(
    text.trim(),
  );
  if (!written) return undefined;
  const [, date = '', day, timeOfDay = '00:00', zone = 'Z'] = written;
  // JavaScript takes the 30th of February for the 2nd of March.
  const midnight = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  const offset = zone.toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  const time = Date.parse(`${date}T${timeOfDay}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}
