import type { Answer } from '../../src/http/answer';
import { isObject, textOf } from '../services/rest';

/** What was tried, and how a service answered: it holds no secret, no name and no id. */
export interface Tried {
  question: string;
  /** Status of the answer. */
  status: number;
  /** The service's own word for a refusal; empty where it has none. */
  reason: string;
  /** What that means here, from a closed list of words. */
  answer: string;
}

/** A word of a closed vocabulary, as types of exceptions and errors are; anything else could be a name or an id. */
const word = /^[A-Za-z][A-Za-z0-9_]{1,60}$/;

/** One line of the report. */
export function tried(question: string, answer: Answer, meaning: string): Tried {
  return { question, status: answer.status, reason: reasonOf(answer), answer: meaning };
}

function reasonOf(answer: Answer): string {
  const codes = answer.field('error_codes');
  if (Array.isArray(codes) && Number.isSafeInteger(codes[0])) return `AADSTS${codes[0]}`;
  const error = answer.field('error');
  const candidates = [
    answer.field('typeKey'),
    answer.field('patTokenError'),
    isObject(error) ? textOf(error, 'code') : error,
  ];
  return candidates.find((each) => typeof each === 'string' && word.test(each) && each !== 'none')?.toString() ?? '';
}
