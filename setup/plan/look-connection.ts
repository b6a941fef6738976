import { quoted } from '../../src/errors';
import { type Options, sameName } from '../options';
import type { IssuerConnection } from '../services/connections';
import type { Named } from '../services/organization';
import type { Tools } from '../tools';
import { type FoundConnection, isFinished } from './found';
import type { Missing } from './missing';

/** The connection of this name with what stands before it; undefined where there is none. */
export async function lookForConnection(
  tools: Tools,
  missing: Missing,
  project: Named,
): Promise<FoundConnection | undefined> {
  const { options, organization, members } = tools;
  const failures = missing.found.length;
  const named = await missing.attempt(() => tools.connectionsOf(project).named(options.connection));
  if (missing.found.length > failures) return undefined;
  if (!named) {
    if ((await missing.attempt(() => organization.mayCreateConnections(project.id))) === false) {
      missing.add(
        `You may not create service connections in the project ${quoted(project.name)}.`,
        'Get the role Creator or Administrator under Project settings > Service connections > Security.',
        'an administrator of the project',
      );
    }
    return undefined;
  }
  const { connection, ofOurType } = named;
  if (!ofOurType) {
    missing.add(
      `The service connection ${quoted(connection.name)} exists and is of another type.`,
      'Choose another name with --connection.',
      'you',
    );
    return undefined;
  }
  const protection = tools.protectionOf(project);
  const permissions = await missing.attempt(() => protection.permissions(connection.id));
  const checks = await missing.attempt(() => protection.checks(connection.id));
  if (!permissions || !checks) return undefined;
  const roles = options.writer === undefined ? [] : await missing.attempt(() => members.connectionRoles(connection.id));
  const administrators = (roles ?? [])
    .filter(({ role }) => role === 'Administrator')
    .map(({ identityId }) => identityId);
  return { connection, permissions, checks, administrators };
}

/** An existing connection is completed, never turned into another one. */
export function refuseOtherConnection(
  { options, tenantId }: { options: Options; tenantId: string },
  missing: Missing,
  { connection, clientId }: { connection: IssuerConnection; clientId: string | undefined },
): void {
  const name = quoted(connection.name);
  const remedy = 'Choose another name with --connection, or take this one away first with the command remove.';
  if (!sameName(connection.tenantId, tenantId) || !sameName(connection.clientId, clientId ?? '')) {
    missing.add(
      `The service connection ${name} belongs to another app registration.`,
      `${remedy} Or name its app with --app.`,
      'you',
    );
  }
  if (options.agentUser !== (connection.agentUserId !== '')) {
    missing.add(
      `The service connection ${name} signs in ${options.agentUser ? 'no agent user' : 'an agent user'}.`,
      remedy,
      'you',
    );
  }
  if (!isFinished(connection)) {
    missing.add(
      `The service connection ${name} states no issuer and subject, or keeps no refresh token, as where this command was killed while it made it.`,
      'Delete it on its page, then run this command again.',
      'you',
    );
  }
  if (connection.disabled) {
    missing.add(
      `The service connection ${name} is disabled.`,
      'Enable it on its page.',
      'an administrator of the project',
    );
  }
  const limit = options.maxLifetimeMinutes;
  if (limit !== undefined && connection.maxLifetimeMinutes !== String(limit)) {
    missing.add(
      `The service connection ${name} has another maxLifetimeMinutes: "${connection.maxLifetimeMinutes}".`,
      'Change it on its page, or leave --max-lifetime-minutes out.',
      'you',
    );
  }
  const scopes = options.allowedScopes.join(',');
  if (scopes !== '' && connection.allowedScopes.replace(/\s/g, '') !== scopes) {
    missing.add(
      `The service connection ${name} has other allowedScopes: "${connection.allowedScopes}".`,
      'Change them on its page, or leave --allowed-scopes out.',
      'you',
    );
  }
}
