import { type ErrorCode, quoted, TaskError } from '../errors';
import { isLoopback } from '../loopback';
import { urlOf } from '../url';

/** One organization and the two places that a credential for it may be sent to. */
export interface Organization {
  readonly name: string;
  /** Base of the organization's own APIs, without a trailing slash. */
  readonly url: string;
  /** Base of the token API, without a trailing slash. */
  readonly tokensUrl: string;
  readonly loopback: boolean;
}

const defaultAuthority = 'https://login.microsoftonline.com';
const authorityHosts = [
  'login.microsoftonline.com',
  'login.windows.net',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
];

const organizationName = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/**
 * Reads the URL of an organization: https://dev.azure.com/{org}, https://{org}.visualstudio.com, or
 * http(s)://{loopback}/{org}. https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
 * @param invalid the code for a text that is no URL of an organization at all: whose text it is decides.
 * @throws TaskError `organization-unsupported` for another host (Azure DevOps Server among them), else `invalid`.
 */
export function parseOrganization(text: string, invalid: ErrorCode): Organization {
  const url = parseUrl(text, 'organization URL', invalid);
  const segments = url.pathname.split('/').filter((segment) => segment !== '');

  if (isLoopback(url)) {
    const name = onlyOrganization(segments, text, invalid);
    return { name, url: `${url.origin}/${name}`, tokensUrl: `${url.origin}/${name}`, loopback: true };
  }
  refusePlainHttp(url, 'organization-unsupported');
  const host = writtenHost(text);
  if (host === 'dev.azure.com') {
    const name = onlyOrganization(segments, text, invalid);
    return { name, url: `https://dev.azure.com/${name}`, tokensUrl: tokensUrl(name), loopback: false };
  }
  // The label may be in any case, as the service itself may write it; the rest of the host may not.
  const label = /^([^.]+)\.visualstudio\.com$/.exec(host)?.[1];
  if (label !== undefined && organizationName.test(label)) {
    const rest = segments.join('/').toLowerCase();
    if (rest !== '' && rest !== 'defaultcollection') throw moreThanOrganization(text, invalid);
    const name = label.toLowerCase();
    return { name, url: `https://${name}.visualstudio.com`, tokensUrl: tokensUrl(name), loopback: false };
  }
  throw new TaskError(
    'organization-unsupported',
    `The host ${quoted(host)} is not Azure DevOps Services. Azure DevOps Server has no API for personal access tokens, so this task cannot work with it.`,
  );
}

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
  if (authorityHosts.includes(writtenHost(text))) return url.origin;
  throw new TaskError(
    'host-untrusted',
    `The authority host ${quoted(writtenHost(text))} is not one of Microsoft Entra's.`,
    {
      remedy: `Use one of ${authorityHosts.join(', ')}; nothing was sent.`,
    },
  );
}

/** Whether two URLs of organizations, in whatever form and case, are of the same one. */
export function isSameOrganization(one: Organization, other: Organization): boolean {
  return one.tokensUrl.toLowerCase() === other.tokensUrl.toLowerCase();
}

/** Whether a URL lies within an organization, in either of the forms that the service writes. */
export function isWithin(organization: Organization, text: string): boolean {
  if (!urlOf(text) || /[@\\\s]/.test(text)) return false;
  const { protocol, host, origin, pathname } = new URL(text);
  const name = organization.name.toLowerCase();
  const inPath = pathname.toLowerCase().startsWith(`/${name}/`);
  if (organization.loopback) return inPath && origin === new URL(organization.url).origin;
  if (protocol !== 'https:') return false;
  return (host === 'dev.azure.com' && inPath) || host === `${name}.visualstudio.com`;
}

function parseUrl(text: string, what: string, invalid: ErrorCode): URL {
  // Looked for before parsing: a password must not reach a message, not even inside a text that is no URL.
  if (text.includes('@')) {
    throw new TaskError(invalid, `The ${what} contains a user name or password, which never belongs in a URL.`);
  }
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !urlOf(text)) {
    throw new TaskError(invalid, `The ${what} ${quoted(text)} is not a URL that begins with https://.`);
  }
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    throw new TaskError(invalid, `The ${what} ${quoted(text)} must not contain ? or #.`);
  }
  return url;
}

/** The host of an https URL as it was written: the parser repairs case, escapes and digits, and a repaired host only looks like ours. */
function writtenHost(text: string): string {
  const [, host] = /^https:\/\/([^/]*)/i.exec(text) as unknown as [string, string];
  return host.replace(/:443$/, '');
}

function refusePlainHttp(url: URL, code: ErrorCode): void {
  if (url.protocol === 'https:') return;
  throw new TaskError(code, `${quoted(url.origin)} is plain HTTP, over which no credential is ever sent.`, {
    remedy: 'Write https:// instead; nothing was sent.',
  });
}

function onlyOrganization(segments: string[], text: string, invalid: ErrorCode): string {
  const [name, ...rest] = segments;
  if (name === undefined || rest.length > 0) throw moreThanOrganization(text, invalid);
  if (!organizationName.test(name)) {
    throw new TaskError(invalid, `${quoted(name)} is not the name of an organization.`);
  }
  return name;
}

function moreThanOrganization(text: string, invalid: ErrorCode): TaskError {
  return new TaskError(invalid, `The organization URL ${quoted(text)} must name one organization and nothing more.`);
}

function tokensUrl(organization: string): string {
  return `https://vssps.dev.azure.com/${organization}`;
}
