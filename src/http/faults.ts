import type { ErrorCode } from '../errors';
import type { Answer } from './answer';
import type { Call } from './call';
import { type ConnectionFault, connectionFault } from './connection-faults';
import type { HttpOutcome } from './request';

/** Bytes that an answer may have unless a call asks for more: 1 MiB. */
export const usualMaxBytes = 1024 * 1024;

const passingStatuses = [429, 500, 502, 503, 504];

/** Why a request has no answer that the caller could read. */
export interface Fault extends ConnectionFault {
  code: ErrorCode;
  /** The answer that shows it, where there is one. */
  answer?: Answer;
}

/**
 * The fault of a request that has no answer.
 * @param timeout milliseconds within which it had to end.
 */
export function faultOf(outcome: Exclude<HttpOutcome, { kind: 'answer' }>, call: Call, timeout: number): Fault {
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
  }
}

/** The fault that an answer stands for, or undefined where the caller reads it. */
export function answerFault(answer: Answer, call: Call): Fault | undefined {
  const { status } = answer;
  if (call.isSettled?.(answer)) return undefined;
  if (status === 429) {
    return { code: 'throttled', reason: 'the service is limiting requests (429)', passing: true, answer };
  }
  const passing = passingStatuses.includes(status) || call.isPassing?.(answer) === true;
  if (!passing && status < 500) return undefined;
  return { code: 'network', reason: `the service answered ${status}`, passing, answer };
}
