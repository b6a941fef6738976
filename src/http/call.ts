import type { Secret } from '../secret';
import type { Answer } from './answer';
import type { HttpRequest } from './request';

/** One request, with all that decides what is done about its answer. */
export interface Call extends Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'> {
  /** What is being done, for messages: "Creating the token". */
  doing: string;
  /** Every secret that this call sends, so that an answer that echoes one is never quoted with it. */
  secrets: Secret[];
  /**
   * What may be tried again: `any-fault` where doing it twice does no harm, `throttling` where only a refusal for
   * lack of capacity proves that nothing was done, `nothing` where the caller repeats it with other contents.
   */
  again: 'any-fault' | 'throttling' | 'nothing';
  /** Recognises further answers that stand for a temporary failure; the last of them is returned. */
  isPassing?: (answer: Answer) => boolean;
  /** Recognises answers that settle what was asked, at any status: they are returned, and not asked for again. */
  isSettled?: (answer: Answer) => boolean;
  /** Bytes that the answer may have, if more than usual. */
  maxBytes?: number;
  /** Sent even while the service asks everyone to wait: a revocation must not be given up for politeness. */
  urgent?: boolean;
  /** Milliseconds for which the answer is awaited after the conversation was stopped; none by default. */
  patience?: number;
}
