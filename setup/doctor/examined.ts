import { SetupError } from '../failure';
import { closestNames } from '../plan/closest-names';
import { actOnAgents, agentPermissions } from '../plan/look-agent';
import { lookForProject } from '../plan/look-organization';
import { Missing, NotReady } from '../plan/missing';
import type { Administered } from '../plan/sign-in-administrator';
import type { AgentIdentity } from '../services/agents';
import type { Application } from '../services/application-json';
import { connectionType, type IssuerConnection } from '../services/connections';
import type { User } from '../services/directory';
import type { Named } from '../services/organization';
import type { Principal } from '../services/principals';
import type { Tools } from '../tools';

/** An issuer that exists, as far as it does: what the commands after `create` work on. */
export interface Examined extends Administered {
  project: Named;
  connection: IssuerConnection;
  app?: Application;
  principal?: Principal;
  /** Of an agent user, for whom the app is the blueprint. */
  identity?: AgentIdentity;
  /** Who may sign in with the app. */
  assigned: { id: string; name: string }[];
  /** Whose tokens these are: the user of the command line, else the only one that is assigned. */
  user?: User;
}

/** The chain of an agent user, from the connection that signs it in. */
async function examineAgent(
  tools: Tools,
  connection: IssuerConnection,
): Promise<Omit<Examined, 'project' | keyof Administered>> {
  const { options, agents, applications, principals } = tools;
  if (options.command === 'renew') {
    throw new SetupError(
      'The connection signs an agent user in: nothing is stored, so there is nothing to renew.',
      'Use check.',
    );
  }
  actOnAgents(tools, agentPermissions[options.live ? 'live' : options.command === 'remove' ? 'remove' : 'check']);
  const app = await applications.withClientId(connection.clientId);
  const principal = app && (await principals.principal(app.clientId));
  const identity = await agents.identity(`(appId='${encodeURIComponent(connection.agentIdentityId)}')`);
  const user = await agents.user(connection.agentUserId);
  return {
    connection,
    ...(app && { app }),
    ...(principal && { principal }),
    ...(identity && { identity }),
    assigned: [],
    ...(user && { user }),
  };
}

/**
 * Finds the connection of an issuer, and from it the app and the user.
 * @throws NotReady, SetupError where there is no such connection.
 */
export async function examine(tools: Tools, administered: Administered): Promise<Examined> {
  const { options, applications, principals, directory } = tools;
  const missing = new Missing();
  const project = await lookForProject(tools, missing);
  if (!project) throw new NotReady(missing.found);
  const connections = tools.connectionsOf(project);
  const named = await connections.named(options.connection);
  if (!named?.ofOurType) {
    const others = named ? [] : (await connections.ofOurType()).map(({ name }) => name);
    const what = named ? 'is of another type' : 'does not exist in that project, or you may not see it';
    throw new SetupError(
      `The service connection "${options.connection}" ${what} (type ${connectionType}).${closestNames(options.connection, others)}`,
      'Correct --connection or --project.',
    );
  }
  const { connection } = named;
  if (connection.agentUserId !== '') return { ...(await examineAgent(tools, connection)), ...administered, project };
  const app = await applications.withClientId(connection.clientId);
  const principal = app && (await principals.principal(app.clientId));
  const assigned = principal ? await principals.assigned(principal.id) : [];
  const [only, another] = assigned;
  const key = options.user || (another ? '' : (only?.id ?? ''));
  const user = key === '' ? undefined : await directory.user(key);
  return {
    ...administered,
    project,
    connection,
    ...(app && { app }),
    ...(principal && { principal }),
    assigned,
    ...(user && { user }),
  };
}
