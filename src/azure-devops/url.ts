import { type ErrorCode, quoted, TaskError } from '../errors';
import { urlOf } from '../url';

/**
 * Reads a URL that people wrote, as they wrote it: a parser that repairs one would have it lead elsewhere.
 * @param what the URL, for messages: "organization URL".
 * @throws TaskError `invalid` for what is no URL, or more than one.
 */
export function parseUrl(text: string, what: string, invalid: ErrorCode): URL {
  // Looked for before parsing: a password must not reach a message, not even inside a text that is no URL.
  if (text.includes('@')) {
    throw new TaskError(invalid, `The ${what} contains a user name or password, which never belongs in a URL.`);
  }
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? urlOf(text) : undefined;
  if (!url) {
    throw new TaskError(invalid, `The ${what} ${quoted(text)} is not a URL that begins with https://.`);
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    throw new TaskError(invalid, `The ${what} ${quoted(text)} must not contain ? or #.`);
  }
  // Dots and escapes lead to another path than the one that people read.
  const path = text.replace(/^https?:\/\/[^/]*/i, '');
  if (url.pathname !== (path || '/')) {
    throw new TaskError(invalid, `The ${what} ${quoted(text)} must be written without dots or escapes in its path.`);
  }
  return url;
}

/** The host of an https URL as it was written: the parser repairs case, escapes and digits, and a repaired host only looks like ours. */
export function writtenHost(text: string): string {
  const host = /^https:\/\/([^/]*)/i.exec(text)?.[1] ?? '';
  return host.replace(/:443$/, '');
}

/** @throws TaskError with this code where a URL is plain HTTP. */
export function refusePlainHttp(url: URL, code: ErrorCode): void {
  if (url.protocol === 'https:') return;
  throw new TaskError(code, `${quoted(url.origin)} is plain HTTP, over which no credential is ever sent.`, {
    remedy: 'Write https:// instead; nothing was sent.',
  });
}
