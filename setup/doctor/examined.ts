import { SetupError } from '../failure';
import { closestNames } from '../plan/closest-names';
import { lookForProject } from '../plan/look-organization';
import { Missing, NotReady } from '../plan/missing';
import type { Administered } from '../plan/sign-in-administrator';
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
  /** Who may sign in with the app. */
  assigned: { id: string; name: string }[];
  /** Whose tokens these are: the user of the command line, else the only one that is assigned. */
  user?: User;
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
    const others = named ? [] : await connections.namesOfOurType();
    const what = named ? 'is of another type' : 'does not exist in that project, or you may not see it';
    throw new SetupError(
      `The service connection "${options.connection}" ${what} (type ${connectionType}).${closestNames(options.connection, others)}`,
      'Correct --connection or --project.',
    );
  }
  const { connection } = named;
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
