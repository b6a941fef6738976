import { type ErrorCode, quoted, TaskError } from '../errors';
import { isLoopback } from '../loopback';
import { parseUrl, refusePlainHttp, writtenHost } from './url';

const defaultAuthority = 'https://login.microsoftonline.com';
const authorityHosts = [
  'login.microsoftonline.com',
  'login.windows.net',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
];

/**
 * Reads the Entra authority of a connection; empty means the public one.
 * @returns the origin, without a trailing slash.
 * @throws TaskError `host-untrusted` for any host that is not Entra's, `invalid` for what is no URL.
 */
export function parseAuthority(text: string, besideLoopback: boolean, invalid: ErrorCode): string {
  if (text === '') return defaultAuthority;
  const url = parseUrl(text, 'authority URL', invalid);
  if (url.pathname !== '/') {
    throw new TaskError(invalid, `The authority URL ${quoted(text)} must end after the host name.`);
  }
  if (isLoopback(url)) {
    if (besideLoopback) return url.origin;
    throw new TaskError('host-untrusted', 'A loopback authority is accepted only beside a loopback organization.');
  }
  refusePlainHttp(url, 'host-untrusted');
  const host = writtenHost(text);
  if (authorityHosts.includes(host)) return url.origin;
  throw new TaskError('host-untrusted', `The authority host ${quoted(host)} is not one of Microsoft Entra's.`, {
    remedy: `Use one of ${authorityHosts.join(', ')}; nothing was sent.`,
  });
}
