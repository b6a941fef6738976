import type { State } from '../state';
import type { Answer } from './answers';
import type { Exchange } from './exchange';
import type { Operation } from './operations';

/**
 * The hosts on which the services are spread. On loopback they all share one origin; a request to a real name is
 * answered only by the host that has the resource.
 */
export type Host = 'entra' | 'organization' | 'tokens' | 'release' | 'entitlements' | 'graph' | 'downloads';

/** One kind of request that the emulator knows. */
export interface Route {
  operation: Operation;
  method: string;
  /** Of the path, behind the organization's name where `ofOrganization`. Its groups are the route's variables. */
  path: RegExp;
  ofOrganization: boolean;
  hosts: Host[];
  /** Whether the query must, or must not, name an authorizationId; two requests differ in nothing else. */
  withId?: boolean;
  /** What a query may name beside the API version; a filter that was ignored would answer too much. Absent: anything. */
  parameters?: readonly string[];
  handle: (exchange: Exchange, state: State) => Answer | Promise<Answer>;
}

type Handle = Route['handle'];

type Request = [method: string, path: string, ...parameters: string[]];

/**
 * Routes below the organization, on these hosts. A path is an expression that matches in any case, and with a slash at
 * its end; a query may name these parameters alone.
 */
export function routesOn(...hosts: Host[]) {
  return (operation: Operation, [method, path, ...parameters]: Request, handle: Handle): Route => ({
    operation,
    method,
    parameters,
    path: new RegExp(`^${path}/?$`, 'i'),
    ofOrganization: true,
    hosts,
    handle,
  });
}

/** A route that no organization owns: of Entra, or of Microsoft Graph. */
export function routeOutsideOrganization(
  operation: Operation,
  { host, method, path }: { host: Host; method: string; path: string },
  handle: Handle,
): Route {
  return { operation, method, path: new RegExp(`^${path}$`, 'i'), ofOrganization: false, hosts: [host], handle };
}
