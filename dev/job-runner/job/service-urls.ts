import { normalUrl } from './connections';

/** Where the services of an organization stand, as the job is given them. Each ends with a slash. */
export interface ServiceUrls {
  organization: string;
  /** The service that sent the job: Release Management has hosts of its own. */
  job: string;
}

/**
 * The URLs of an organization in one of its forms: `https://dev.azure.com/{name}`, `https://{name}.visualstudio.com`, or
 * any other one, such as loopback, where everything stands at the same place.
 */
export function serviceUrls(organizationUrl: string, hostType: 'build' | 'release'): ServiceUrls {
  const url = normalUrl(organizationUrl, 'the organization');
  const organization = url.endsWith('/') ? url : `${url}/`;
  return { organization, job: hostType === 'build' ? organization : releaseUrl(organization) };
}

function releaseUrl(organization: string): string {
  const url = new URL(organization);
  if (url.host === 'dev.azure.com') {
    url.host = 'vsrm.dev.azure.com';
  } else if (/^[^.]+\.visualstudio\.com$/.test(url.host)) {
    url.host = url.host.replace('.visualstudio.com', '.vsrm.visualstudio.com');
  }
  return url.href;
}
