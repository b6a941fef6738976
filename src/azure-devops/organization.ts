import { type ErrorCode, quoted, TaskError } from '../errors';
import { isLoopback } from '../loopback';
import { urlOf } from '../url';
import { parseUrl, refusePlainHttp, writtenHost } from './url';

/** One organization and the two places that a credential for it may be sent to. */
export interface Organization {
  readonly name: string;
  /** Base of the organization's own APIs, without a trailing slash. */
  readonly url: string;
  /** Base of the token API, without a trailing slash. */
  readonly tokensUrl: string;
  readonly loopback: boolean;
}

const organizationName = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/** Hosts of the service that are no addresses of organizations, although people find them there. */
const otherHosts = ['vssps.dev.azure.com', 'vsrm.dev.azure.com', 'vsaex.dev.azure.com', 'app.vssps.visualstudio.com'];

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
  const host = writtenHost(text).toLowerCase();
  if (host === 'dev.azure.com') {
    const name = onlyOrganization(segments, text, invalid);
    return { name, url: `https://dev.azure.com/${name}`, tokensUrl: tokensUrl(name), loopback: false };
  }
  const label = /^([^.]+)\.visualstudio\.com$/.exec(host)?.[1];
  if (label !== undefined && organizationName.test(label)) {
    const rest = segments.join('/').toLowerCase();
    if (rest !== '' && rest !== 'defaultcollection') throw moreThanOrganization(text, invalid);
    const name = label.toLowerCase();
    return { name, url: `https://${name}.visualstudio.com`, tokensUrl: tokensUrl(name), loopback: false };
  }
  if (otherHosts.includes(host) || /\.vs(sps|rm|aex)\.visualstudio\.com$/.test(host)) {
    throw new TaskError('organization-unsupported', `${quoted(host)} is one of Azure DevOps, but no organization's.`, {
      remedy: `Write https://dev.azure.com/${segments[0] ?? '{organization}'} instead; nothing was sent.`,
    });
  }
  throw new TaskError(
    'organization-unsupported',
    `The host ${quoted(host)} is not Azure DevOps Services. Azure DevOps Server has no API for personal access tokens, so this task cannot work with it.`,
  );
}

/**
 * Reads the URL at which the agent reaches the organization of this job: that of any organization, and, in a classic
 * release, that of its release service.
 * @throws TaskError those of parseOrganization.
 */
export function parseJobOrganization(text: string, invalid: ErrorCode): Organization {
  return parseOrganization(
    text
      .replace(/^https:\/\/vsrm\.dev\.azure\.com(?=\/)/i, 'https://dev.azure.com')
      .replace(/^(https:\/\/[^./]+)\.vsrm\.visualstudio\.com(?=\/|$)/i, '$1.visualstudio.com'),
    invalid,
  );
}

/** Whether two URLs of organizations, in any form and case, are of the same one. */
export function isSameOrganization(one: Organization, other: Organization): boolean {
  return one.tokensUrl.toLowerCase() === other.tokensUrl.toLowerCase();
}

/** Whether a URL lies within an organization, in any of the forms that the service writes, that of classic releases among them. */
export function isWithin(organization: Organization, text: string): boolean {
  const url = urlOf(text);
  if (!url || /[@\\\s]/.test(text)) return false;
  const { protocol, host, origin, pathname } = url;
  const name = organization.name.toLowerCase();
  const inPath = pathname.toLowerCase().startsWith(`/${name}/`);
  if (organization.loopback) return inPath && origin === new URL(organization.url).origin;
  if (protocol !== 'https:') return false;
  if (inPath && ['dev.azure.com', 'vsrm.dev.azure.com'].includes(host)) return true;
  return host === `${name}.visualstudio.com` || host === `${name}.vsrm.visualstudio.com`;
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
