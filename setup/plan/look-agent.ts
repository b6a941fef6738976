import { quoted } from '../../src/errors';
import { patScopes } from '../../src/sign-in/token-endpoint';
import { sameName } from '../options';
import type { AgentIdentity, AgentUser } from '../services/agents';
import type { Application } from '../services/application-json';
import type { Tools } from '../tools';
import type { FoundAgent, FoundForAgent } from './found';
import { lookAtUse } from './look';
import { lookForConnection, refuseOtherConnection } from './look-connection';
import { consenting, lookForApp, lookForAzureDevOps, roles } from './look-entra';
import { lookAtTokenPolicy, lookForExtension, lookForMember, lookForPools, lookForProject } from './look-organization';
import { Missing, NotReady } from './missing';
import type { Administered } from './sign-in-administrator';

const who = 'an Entra administrator';

/** What is said wherever an agent user is planned, made or looked at. */
export const notShown = 'It has not been shown that Azure DevOps takes an agent user';

const reading = ['Application.Read.All', 'User.Read.All'];

/** What each command needs in Microsoft Graph for an agent user, and nothing more. */
export const agentPermissions = {
  create: [
    'AgentIdentityBlueprint.Create',
    'AgentIdentityBlueprint.AddRemoveCreds.All',
    'AgentIdentityBlueprintPrincipal.Create',
    'AgentIdentity.Create.All',
    'AgentIdUser.ReadWrite.All',
    'DelegatedPermissionGrant.ReadWrite.All',
    ...reading,
  ],
  check: reading,
  live: ['AgentIdentityBlueprint.AddRemoveCreds.All', ...reading],
  remove: [
    'AgentIdentityBlueprint.DeleteRestore.All',
    'AgentIdentity.DeleteRestore.All',
    'AgentIdUser.ReadWrite.All',
    ...reading,
  ],
} as const;

/** Signs the administrator in to Microsoft Graph in the browser, as soon as something is asked of it. */
export function actOnAgents({ administrator, terminal }: Tools, permissions: readonly string[]): void {
  terminal.warn(
    'For an agent user your browser opens, and you sign in to Microsoft Graph there: it refuses the sign-in of Azure CLI for agents. Ctrl+C ends the wait.',
  );
  administrator.actOnAgents(permissions);
}

/**
 * Looks at everything that the steps of `create --agent-user` need, and changes nothing.
 * @throws NotReady with everything that is missing.
 */
export async function lookForAgentIssuer(
  tools: Tools,
  administered: Administered,
): Promise<FoundForAgent & { restricted: boolean }> {
  const { options } = tools;
  const missing = new Missing();
  const unchecked: string[] = [];
  const offersFederation = await lookForExtension(tools, missing);
  if (!offersFederation && missing.none) {
    missing.add(
      'The installed version of the extension has no federated connection, which an agent user needs.',
      'Update the extension.',
      'a Project Collection Administrator',
    );
  }
  const project = await lookForProject(tools, missing);
  const member = await lookForMember(tools, missing, unchecked);
  const restricted = await lookAtTokenPolicy(tools, missing, unchecked);
  const pools = await lookForPools(tools, missing, true);
  const agent = await lookForAgent(tools, missing);
  const found = project && (await lookForConnection(tools, missing, project));
  if (found) {
    const { connection } = found;
    refuseOtherConnection(tools, missing, { connection, clientId: agent?.blueprint?.clientId });
    if (connection.agentUserId !== '' && !sameName(connection.agentUserId, agent?.user?.id ?? '')) {
      missing.add(
        `The service connection ${quoted(connection.name)} signs another agent user in than ${quoted(options.user)}.`,
        'Name that one with --user, or choose another name with --connection.',
        'you',
      );
    }
  }
  const use = await lookAtUse(tools, missing, { project, member, pools });
  if (!missing.none || !project || !agent) throw new NotReady(missing.found);
  return {
    ...administered,
    ...use,
    restricted,
    project,
    user: { upn: options.user },
    agent,
    ...(found && { connection: found }),
    offersFederation,
    unchecked,
  };
}

/** What there is of the chain from the blueprint to its user. */
async function lookForAgent(tools: Tools, missing: Missing): Promise<FoundAgent | undefined> {
  const { options, agents, applications, principals } = tools;
  const resource = await lookForAzureDevOps(tools, missing);
  const apps = resource && (await lookForApp(tools, missing));
  if (!resource || !apps) return undefined;
  const { app: blueprint } = apps;
  const identity = blueprint && (await lookForIdentity(tools, missing, blueprint));
  const principal = blueprint && (await missing.attempt(() => principals.principal(blueprint.clientId)));
  const user = await missing.attempt(() => agents.user(options.user));
  if (user) refuseOtherUser(user, { identityId: identity?.id ?? '', upn: options.user }, missing);
  const consents = identity ? ((await missing.attempt(() => principals.consents(identity.id))) ?? []) : [];
  const consent = consents.find(({ resourceId, userId }) => resourceId === resource.id && userId === user?.id);
  const credentials = blueprint && (await missing.attempt(() => applications.federatedCredentials(blueprint.id)));
  const found: FoundAgent = {
    resourceId: resource.id,
    ...(blueprint && { blueprint }),
    ...(principal && { principal }),
    ...(identity && { identity }),
    ...(user && { user }),
    ...(consent && { consent }),
    federatedCredentials: credentials ?? [],
  };
  await lookAtRights(tools, missing, found);
  return found;
}

async function lookForIdentity(
  { options, agents }: Tools,
  missing: Missing,
  blueprint: Application,
): Promise<AgentIdentity | undefined> {
  const refuse = (what: string) => missing.add(what, 'Choose another name with --app.', 'you');
  const name = quoted(options.app);
  if (!blueprint.isBlueprint) refuse(`The app registration ${name} exists and is no blueprint of agent identities.`);
  const named = (await missing.attempt(() => agents.identities(options.app))) ?? [];
  const [identity, another] = named.filter(({ blueprintId }) => sameName(blueprintId, blueprint.clientId));
  if (another) refuse(`The blueprint ${name} has more than one agent identity of its own name.`);
  return identity;
}

/** A user who is there already has to be the one of this agent identity. */
function refuseOtherUser(
  { identityId, enabled }: AgentUser,
  expected: { identityId: string; upn: string },
  missing: Missing,
): void {
  const name = quoted(expected.upn);
  if (identityId === '' || !sameName(identityId, expected.identityId)) {
    missing.add(
      `The user ${name} exists and is ${identityId === '' ? 'no agent user' : 'the user of another agent identity'}.`,
      'Name one with --user that does not exist yet: this command makes it.',
      'you',
    );
  } else if (!enabled) {
    missing.add(`The agent user ${name} is disabled.`, 'Enable the user in the Microsoft Entra admin center.', who);
  }
}

async function lookAtRights({ directory }: Tools, missing: Missing, found: FoundAgent): Promise<void> {
  const own = await missing.attempt(() => directory.ownRoles());
  if (own === undefined) return;
  const has = (...wanted: string[]) => own.some((role) => [roles.globalAdministrator, ...wanted].includes(role));
  const { agentIdAdministrator, agentIdDeveloper } = roles;
  if (!found.user && !has(agentIdAdministrator)) {
    missing.add(
      'You have no directory role that may make an agent user.',
      'Get the role Agent ID Administrator, or have an administrator with it run this command.',
      who,
    );
  } else if (!(found.blueprint && found.principal && found.identity) && !has(agentIdAdministrator, agentIdDeveloper)) {
    missing.add(
      'You have no directory role that may make a blueprint and an agent identity.',
      'Get the role Agent ID Developer or Agent ID Administrator.',
      who,
    );
  }
  if (!found.consent && !has(...consenting)) {
    missing.add(
      `You have no directory role that may consent to ${patScopes.join(' and ')} for the agent user.`,
      'Get the role Cloud Application Administrator, or have an administrator with it run this command.',
      who,
    );
  }
}
