import type { Connection, Pipeline } from '../agent/pipeline';
import { isSameOrganization, type Organization, parseAuthority, parseOrganization } from '../azure-devops/organization';
import { isScopeName, type ScopeName } from '../azure-devops/tokens/scopes';
import { type Problems, quoted } from '../errors';
import { isGuid } from '../guid';
import type { Secret } from '../secret';

/** What a step names to sign in as a user: a service connection, or a token of its own for an organization. */
export type UserCredential =
  | { kind: 'issuer'; connection: Connection }
  | { kind: 'accessToken'; accessToken: Secret; organization: Organization };

/** Which user signs in, and with what. */
export type Issuer = RefreshTokenIssuer | AccessTokenIssuer;

interface RefreshTokenIssuer {
  kind: 'refreshToken';
  /** What a lease remembers this issuer by. */
  connection: string;
  organization: Organization;
  /** Origin of the Entra authority. */
  authority: string;
  tenantId: string;
  clientId: string;
  /** Absent for a public client. */
  clientSecret?: Secret;
  refreshToken: Secret;
}

interface AccessTokenIssuer {
  kind: 'accessToken';
  connection: string;
  organization: Organization;
  accessToken: Secret;
}

/** What the owner of a connection lets pipelines ask for. */
export interface Limits {
  /** Minutes. */
  maxLifetimeMinutes?: number;
  allowedScopes: ScopeName[];
}

const domain = /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
const longestCredential = 16_384;

/**
 * Reads who signs in. Every problem is noted: `connection-invalid`, `organization-unsupported` or
 * `host-untrusted`.
 * @returns undefined if there was any.
 */
export function readIssuer(credential: UserCredential, problems: Problems): Issuer | undefined {
  if (credential.kind === 'accessToken') {
    const { accessToken, organization } = credential;
    return { kind: 'accessToken', connection: 'accessToken', organization, accessToken };
  }
  const { connection } = credential;
  const organization = problems.collect(() => parseOrganization(connection.url, 'connection-invalid'));
  const authority = problems.collect(() =>
    parseAuthority(connection.data('authorityUrl'), organization?.loopback ?? false, 'connection-invalid'),
  );

  const tenantId = connection.data('tenantId');
  if (!isGuid(tenantId) && !domain.test(tenantId)) {
    problems.add('connection-invalid', 'tenantId in the service connection must be the id or a domain of one tenant.');
  }
  const clientId = connection.data('clientId');
  if (!isGuid(clientId)) {
    problems.add('connection-invalid', 'clientId in the service connection must be the id of an app registration.');
  }
  const clientSecret = connection.secret('clientSecret');
  if (clientSecret && !clientSecret.isPrintableWord(1, longestCredential)) {
    problems.add(
      'connection-invalid',
      'clientSecret in the service connection contains spaces, line breaks or a percent sign.',
    );
  }
  const refreshToken = connection.secret('refreshToken');
  if (!refreshToken?.isPrintableWord(20, longestCredential)) {
    const wrong = refreshToken ? 'is not a refresh token: those are one long word' : 'is empty';
    problems.add('connection-invalid', `refreshToken in the service connection ${wrong}.`);
  }
  if (!organization || !authority || !refreshToken || !problems.none) return undefined;
  return {
    kind: 'refreshToken',
    connection: connection.id,
    organization,
    authority,
    tenantId,
    clientId,
    ...(clientSecret && { clientSecret }),
    refreshToken,
  };
}

/** Reads the limits of a connection; a token of the pipeline's own has none. Notes `connection-invalid`. */
export function readLimits(credential: UserCredential, pipeline: Pipeline, problems: Problems): Limits | undefined {
  if (credential.kind === 'accessToken') return undefined;
  // The agent writes variables and connections into one environment, where a variable could stand for a field that the
  // owner of a connection left empty, and so widen its limits.
  const imitation = pipeline.variableNames().find((name) => /^endpoint[_. ]/i.test(name));
  if (imitation !== undefined) {
    problems.add(
      'connection-invalid',
      `The variable ${quoted(imitation)} of this pipeline is named like a field of a service connection.`,
      'Rename or remove the variable; nothing was sent.',
    );
  }
  const names = credential.connection
    .data('allowedScopes')
    .split(',')
    .map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  for (const name of given.filter((name) => !isScopeName(name))) {
    problems.add(
      'connection-invalid',
      `allowedScopes in the service connection names ${quoted(name)}, which is no scope.`,
    );
  }
  const limits: Limits = { allowedScopes: given.length === 0 ? ['agentPool'] : given.filter(isScopeName) };

  const ceiling = credential.connection.data('maxLifetimeMinutes');
  if (ceiling === '') return limits;
  if (!/^[1-9]\d{0,4}$/.test(ceiling)) {
    problems.add('connection-invalid', 'maxLifetimeMinutes in the service connection must be whole minutes.');
    return limits;
  }
  return { ...limits, maxLifetimeMinutes: Number(ceiling) };
}

/** Notes `input-invalid` where a step names another organization than that of its connection. */
export function refuseOtherOrganization(
  { organization }: Issuer,
  named: Organization | undefined,
  problems: Problems,
): void {
  if (!named || isSameOrganization(named, organization)) return;
  problems.add(
    'input-invalid',
    `organizationUrl names ${quoted(named.name)}, but the service connection belongs to ${quoted(organization.name)} alone.`,
    'Leave organizationUrl empty, or use a connection of that organization; nothing was sent.',
  );
}
