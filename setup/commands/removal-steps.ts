import { quoted } from '../../src/errors';
import type { Examined } from '../doctor/examined';
import type { IssuerConnection } from '../services/connections';
import type { User } from '../services/directory';
import type { Member } from '../services/members';
import type { Pool } from '../services/organization';
import { credentialName } from '../steps/federated-credential';
import type { Step } from '../steps/step';
import type { Tools } from '../tools';

/** What of an issuer is taken away. Of one that was taken away before, the user can be left. */
export interface Target extends Partial<Examined> {
  user?: User;
  member?: Member;
  /** Whether the app proves itself for other connections too. */
  shared: boolean;
  /** Other connections that sign in as the user, who has to stay for them. */
  others: IssuerConnection[];
  /** Whether the user is an agent user, and goes with the issuer. */
  isAgent: boolean;
  /** Pools of which the user is an administrator: those that are named, or all. */
  roles: Pool[];
}

/** In good order: what mints goes first, and what owns the tokens last. */
export function orderlySteps(tools: Tools, target: Target): Step[] {
  // The user and the app go on working for the other connections.
  if (target.shared) return [...connectionStep(tools, target), ...credentialStep(tools, target)];
  const ofConnection = [...connectionStep(tools, target), ...appStep(tools, target), ...identityStep(tools, target)];
  if (target.others.length > 0) return ofConnection;
  return [
    ...ofConnection,
    ...sessionStep(tools, target),
    ...tokenStep(tools, target),
    ...roleSteps(tools, target),
    ...memberStep(tools, target),
    ...agentUserStep(tools, target),
  ];
}

/** In an emergency: the user first, since a thief of the secrets does not need the connection. */
export function emergencySteps(tools: Tools, target: Target): Step[] {
  const { user } = target;
  // An agent user has no sign-in of its own: it ends with its blueprint.
  const disable: Step[] =
    user && !target.isAgent
      ? [{ title: `${user.upn} disabled in Entra`, there: !user.enabled, run: () => tools.directory.disable(user.id) }]
      : [];
  return [
    ...disable,
    ...sessionStep(tools, target),
    ...appStep(tools, target),
    ...identityStep(tools, target),
    ...roleSteps(tools, target),
    // Before the user leaves: the token administration knows members alone.
    ...tokenStep(tools, target),
    ...memberStep(tools, target),
    ...connectionStep(tools, target),
    ...agentUserStep(tools, target),
  ];
}

function connectionStep(tools: Tools, { connection, project }: Target): Step[] {
  if (!connection || !project) return [];
  return [
    {
      title: `service connection ${quoted(connection.name)} deleted`,
      there: false,
      run: () => tools.connectionsOf(project).remove(connection.id, connection.projects),
    },
  ];
}

function credentialStep({ applications }: Tools, { app, connection }: Target): Step[] {
  if (!app || !connection) return [];
  return [
    {
      title: `federated credential of this connection removed from the app ${quoted(app.name)}, which other connections use`,
      there: false,
      async run() {
        const credentials = await applications.federatedCredentials(app.id);
        const own = credentials.find(({ name }) => name === credentialName(connection.id));
        if (own) await applications.removeFederatedCredential(app.id, own.id);
      },
    },
  ];
}

function appStep(tools: Tools, { app, isAgent }: Target): Step[] {
  if (!app) return [];
  return [
    {
      title: `${isAgent ? 'blueprint' : 'app registration'} ${quoted(app.name)} deleted, with its secrets, federated credentials and consent`,
      there: false,
      run: () => tools.applications.remove(app.id),
    },
  ];
}

/** Entra may delete it with its blueprint, a day later. */
function identityStep({ agents }: Tools, { identity }: Target): Step[] {
  if (!identity) return [];
  return [
    {
      title: 'agent identity deleted, with its consent',
      there: false,
      run: () => agents.removeIdentity(identity.id),
    },
  ];
}

/** Last, because the organization knows its members by their users. */
function agentUserStep({ agents }: Tools, { user, isAgent }: Target): Step[] {
  if (!user || !isAgent) return [];
  return [{ title: `agent user ${user.upn} deleted`, there: false, run: () => agents.removeUser(user.id) }];
}

function sessionStep({ directory }: Tools, { user, isAgent }: Target): Step[] {
  if (!user || isAgent) return [];
  return [
    { title: `every session of ${user.upn} revoked`, there: false, run: () => directory.revokeSessions(user.id) },
  ];
}

function tokenStep({ members }: Tools, { user, member }: Target): Step[] {
  if (!user || !member) return [];
  return [
    {
      title: `every personal access token of ${user.upn} in the organization revoked`,
      there: false,
      async run(report) {
        report(
          `${await members.revokeTokens(member.descriptor)} revoked; it may take up to an hour until all are refused`,
        );
      },
    },
  ];
}

function roleSteps({ members }: Tools, { user, member, roles }: Target): Step[] {
  if (!user || !member) return [];
  return roles.map(({ id, name }) => ({
    title: `role of ${user.upn} on the agent pool ${quoted(name)} taken away`,
    there: false,
    run: () => members.takePoolRole(id, member.id),
  }));
}

function memberStep({ members }: Tools, { user, member }: Target): Step[] {
  if (!user || !member) return [];
  return [{ title: `${user.upn} removed from the organization`, there: false, run: () => members.remove(member.id) }];
}
