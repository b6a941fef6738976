import type { ErrorCode } from '../errors';
import type { Answer } from './answer';
import type { Call } from './call';
import { connectionFault } from './connection-faults';
import type { HttpOutcome } from './request';

/** Bytes that an answer may have unless a call asks for more: 1 MiB. */
export const usualMaxBytes = 1024 * 1024;

const passingStatuses = [429, 500, 502, 503, 504];

/** Why a request has no answer that the caller could read. */
export interface Fault {
  code: ErrorCode;
  /** The part of a sentence that says what happened. */
  reason: string;
  /** Whether it may go away by itself. */
  passing: boolean;
  remedy?: string;
}

/** How one request of a call ended. */
export interface Ending {
  outcome: HttpOutcome;
  /** Where the outcome is an answer. */
  answer: Answer | undefined;
  /** Milliseconds within which it had to end. */
  timeout: number;
}

/** The fault of a request, or undefined where it has an answer that the caller reads. */
export function faultOf({ outcome, answer, timeout }: Ending, call: Call): Fault | undefined {
  switch (outcome.kind) {
    case 'timed-out': {
      const through = outcome.proxy === undefined ? '' : ` through the proxy ${outcome.proxy}`;
      return { code: 'timed-out', reason: `no answer${through} within ${Math.round(timeout / 1000)} s`, passing: true };
    }
    case 'broken':
      return { code: 'network', ...connectionFault(outcome) };
    case 'too-large': {
      const limit = `${(call.maxBytes ?? usualMaxBytes) / usualMaxBytes} MiB`;
      return { code: 'response-malformed', reason: `the answer is larger than ${limit}`, passing: false };
    }
    case 'answer':
      return answer && answerFault(answer, call);
  }
}

function answerFault(answer: Answer, call: Call): Fault | undefined {
  const { status } = answer;
  if (call.isSettled?.(answer)) return undefined;
  if (status === 429) return { code: 'throttled', reason: 'the service is limiting requests (429)', passing: true };
  const passing = passingStatuses.includes(status) || call.isPassing?.(answer) === true;
  if (!passing && status < 500) return undefined;
  return { code: 'network', reason: `the service answered ${status}`, passing };
}
