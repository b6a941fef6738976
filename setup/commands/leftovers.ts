import type { Examined } from '../doctor/examined';
import { SetupError } from '../failure';
import { actOnAgents, agentPermissions } from '../plan/look-agent';
import { lookForProject } from '../plan/look-organization';
import { Missing } from '../plan/missing';
import type { IssuerConnection } from '../services/connections';
import type { User } from '../services/directory';
import type { Tools } from '../tools';

/**
 * What is left of an issuer whose connection is gone, because an earlier run was interrupted: what belongs to the user
 * that is named.
 * @param error says that there is no such connection.
 * @throws the error where nothing is known to be left.
 */
export async function leftWithoutConnection(tools: Tools, error: unknown): Promise<Partial<Examined>> {
  if (!(error instanceof SetupError)) throw error;
  if (tools.options.user === '') {
    const remedy = `${error.remedy} If an earlier run was interrupted, name the user whose tokens these were with --user.`;
    throw new SetupError(error.what, remedy, { who: error.who, cause: error });
  }
  const left = (await leftOfAgent(tools)) ?? (await leftOfUser(tools));
  if (!left) throw error;
  tools.terminal.say(error.what);
  return left;
}

/** What an interrupted `create --agent-user` left, from its user on; undefined where there is no such user. */
async function leftOfAgent(tools: Tools): Promise<Partial<Examined> | undefined> {
  const { options, agents, applications } = tools;
  const user = await agents.user(options.user);
  if (!user || user.identityId === '') return undefined;
  actOnAgents(tools, agentPermissions.remove);
  const identity = await agents.identity(`/${user.identityId}`);
  const app = identity && (await applications.withClientId(identity.blueprintId));
  return { user, ...(identity && { identity }), ...(app && { app }) };
}

/** A user and the app that is for this user alone; undefined where there is no such user, or one of a connection that is there. */
async function leftOfUser(tools: Tools): Promise<Partial<Examined> | undefined> {
  const { options, directory, applications } = tools;
  const user = await directory.user(options.user);
  // Where the user has a connection, the name of it was misspelt. In an emergency nothing that this user can do is to last.
  if (!user || (!options.emergency && (await connectionsOf(tools, user)).length > 0)) return undefined;
  const apps = await applications.named(options.app);
  const own = await Promise.all(apps.map(({ clientId }) => isForUser(tools, clientId, user)));
  const [app, another] = apps.filter((_, index) => own[index]);
  return { user, ...(app && !another && { app }) };
}

/** The connections of this project that sign in as a user. */
export async function connectionsOf(tools: Tools, user: User): Promise<IssuerConnection[]> {
  const project = await lookForProject(tools, new Missing());
  const connections = project ? await tools.connectionsOf(project).ofOurType() : [];
  const own = await Promise.all(connections.map(({ clientId }) => isForUser(tools, clientId, user)));
  return connections.filter((_, index) => own[index]);
}

async function isForUser({ principals }: Tools, clientId: string, user: User): Promise<boolean> {
  const principal = await principals.principal(clientId);
  return principal !== undefined && (await principals.assigned(principal.id)).some(({ id }) => id === user.id);
}
