import type { Host } from './route';

/** Where a request went: which of the services, and which path behind the organization's name, if any. */
export interface Place {
  /** `every` on loopback, where all services share one origin; undefined for a host that is none of theirs. */
  host: Host | 'every' | undefined;
  pathInOrganization: string | undefined;
}

/** Hosts that serve every organization, whose name their paths begin with. */
const shared: Record<string, Host> = {
  'dev.azure.com': 'organization',
  'vssps.dev.azure.com': 'tokens',
  'vsrm.dev.azure.com': 'release',
  'vsaex.dev.azure.com': 'entitlements',
};

/** The older hosts, which have the organization's name in front of these. */
const own: Record<string, Host> = {
  'visualstudio.com': 'organization',
  'vssps.visualstudio.com': 'tokens',
  'vsrm.visualstudio.com': 'release',
};

const outside: Record<string, Host> = {
  'login.microsoftonline.com': 'entra',
  'login.windows.net': 'entra',
  'login.microsoftonline.us': 'entra',
  'login.partner.microsoftonline.cn': 'entra',
  'graph.microsoft.com': 'graph',
  'download.agent.dev.azure.com': 'downloads',
};

/** Reads a request's address; a name that is not one of Microsoft's counts as loopback's if it is that. */
export function placeOf({ hostname, pathname }: URL, organization: string): Place {
  const name = hostname.toLowerCase();
  if (isLoopback(name)) return { host: 'every', pathInOrganization: behind(organization, pathname) };
  if (shared[name]) return { host: shared[name], pathInOrganization: behind(organization, pathname) };
  if (outside[name]) return { host: outside[name], pathInOrganization: undefined };
  const [first = '', ...rest] = name.split('.');
  const host = first === organization.toLowerCase() ? own[rest.join('.')] : undefined;
  return { host, pathInOrganization: pathname };
}

function behind(organization: string, pathname: string): string | undefined {
  const prefix = `/${organization.toLowerCase()}/`;
  return pathname.toLowerCase().startsWith(prefix) ? pathname.slice(prefix.length - 1) : undefined;
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(\.\d+){3}$/.test(name);
}
