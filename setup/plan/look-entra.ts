import { quoted } from '../../src/errors';
import { azureDevOpsId, patScopes } from '../../src/sign-in/token-endpoint';
import { sameName } from '../options';
import type { Application } from '../services/application-json';
import type { User } from '../services/directory';
import type { Tools } from '../tools';
import { closestNames } from './closest-names';
import type { FoundInEntra } from './found';
import type { Missing } from './missing';

const who = 'an Entra administrator';

/** Directory roles by their template ids. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
export const roles = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  applicationAdministrator: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  cloudApplicationAdministrator: '158c047a-c907-4556-b7ef-446551a6b5f7',
  applicationDeveloper: 'cf1c38e5-3621-4004-a7cb-879624dced7c',
  agentIdAdministrator: 'db506228-d27e-4b7d-95e5-295956d6615f',
  agentIdDeveloper: 'adb2368d-a9be-41b5-8667-d96778e081b0',
};
export const consenting = [
  roles.globalAdministrator,
  roles.applicationAdministrator,
  roles.cloudApplicationAdministrator,
];

/** The user who is to own the tokens. */
export async function lookForUser(
  { options, directory, tenantId }: Tools,
  missing: Missing,
): Promise<User | undefined> {
  const user = await missing.attempt(() => directory.user(options.user));
  if (!user) {
    if (missing.found.some(({ what }) => what.startsWith('Looking for the user'))) return undefined;
    const names = (await missing.attempt(() => directory.usersLike(options.user))) ?? [];
    missing.add(
      `There is no user ${quoted(options.user)} in the tenant ${tenantId} of the organization.${closestNames(options.user, names)}`,
      'Create a user for this purpose alone in the Microsoft Entra admin center, as a member with no role and no group, or correct --user.',
      who,
    );
    return undefined;
  }
  if (user.guest) {
    missing.add(
      `The user ${quoted(options.user)} is a guest of the tenant.`,
      'Choose or create a member: the sign-in of a guest depends on another tenant.',
      who,
    );
  }
  if (!user.enabled) {
    missing.add(
      `The user ${quoted(options.user)} is disabled.`,
      'Enable the user in the Microsoft Entra admin center.',
      who,
    );
  }
  return user;
}

/** The app registration and what belongs to it, and whether the administrator may make what is not there. */
export async function lookInEntra(
  tools: Tools,
  missing: Missing,
  user: User | undefined,
): Promise<FoundInEntra | undefined> {
  const { options, applications, principals } = tools;
  const resource = await lookForAzureDevOps(tools, missing);
  const apps = resource && (await lookForApp(tools, missing));
  if (!resource || !apps) return undefined;
  const { permissions } = resource;
  const { app } = apps;
  if (app) refuseOtherPurpose(app, missing);
  const principal = app && (await missing.attempt(() => principals.principal(app.clientId)));
  const assignments = principal ? ((await missing.attempt(() => principals.assigned(principal.id))) ?? []) : [];
  const strangers = assignments.filter(({ id }) => id !== user?.id).map(({ name }) => quoted(name));
  if (user && strangers.length > 0) {
    missing.add(
      `The app registration ${quoted(options.app)} is assigned to ${strangers.join(', ')} too.`,
      'Choose another name with --app: an issuer has one user and an app of its own.',
      'you',
    );
  }
  const consents = principal ? ((await missing.attempt(() => principals.consents(principal.id))) ?? []) : [];
  const consent = consents.find(({ resourceId, userId }) => resourceId === resource.id && userId === user?.id);
  const found: FoundInEntra = {
    resourceId: resource.id,
    permissions,
    ...(app && { app }),
    ...(principal && { principal }),
    assigned: assignments.some(({ id }) => id === user?.id),
    ...(consent && { consent }),
    federatedCredentials: app ? ((await missing.attempt(() => applications.federatedCredentials(app.id))) ?? []) : [],
  };
  await lookAtRights(tools, missing, found);
  return found;
}

/** Azure DevOps in the tenant, with the ids of the two permissions. */
export async function lookForAzureDevOps(
  { directory }: Tools,
  missing: Missing,
): Promise<{ id: string; permissions: string[] } | undefined> {
  const resource = await missing.attempt(() => directory.azureDevOps());
  const permissions = patScopes.map((scope) => resource?.scopes.get(scope) ?? '');
  if (resource && !permissions.includes('')) return { id: resource.id, permissions };
  missing.add(
    `Azure DevOps is not in this tenant with the permissions ${patScopes.join(' and ')}.`,
    `Open the organization once in a browser as a user of this tenant; if that does not help, look for the enterprise application ${azureDevOpsId}.`,
    who,
  );
  return undefined;
}

/** The app registration of the name, if there is one; undefined where that is not clear. */
export async function lookForApp(
  { options, applications }: Tools,
  missing: Missing,
): Promise<{ app?: Application } | undefined> {
  const named = (await missing.attempt(() => applications.named(options.app))) ?? [];
  const [app, another] = named;
  if (!another) return app ? { app } : {};
  missing.add(
    `There are ${named.length} app registrations ${quoted(options.app)}.`,
    'Choose another name with --app.',
    'you',
  );
  return undefined;
}

/** An app that does more than this, or is open to others, is not changed. */
function refuseOtherPurpose(app: Application, missing: Missing): void {
  const reasons = [
    app.signInAudience !== 'AzureADMyOrg' && 'is open to other tenants',
    app.requires.some(({ resource }) => !sameName(resource, azureDevOpsId)) && 'has permissions of other services',
    app.isPublicClient && 'lets people sign in without proving itself',
    app.isBlueprint && 'is a blueprint of agent identities',
  ].filter((reason) => reason !== false);
  if (reasons.length === 0) return;
  missing.add(
    `The app registration ${quoted(app.name)} exists and ${reasons.join(' and ')}.`,
    'Choose another name with --app: this command changes no app that has another purpose.',
    'you',
  );
}

async function lookAtRights({ directory, options }: Tools, missing: Missing, found: FoundInEntra): Promise<void> {
  const { app, principal, assigned, consent } = found;
  if (app && principal?.assignmentRequired && assigned && consent) return;
  const own = await missing.attempt(() => directory.ownRoles());
  if (own === undefined) return;
  const mayConsent = own.some((role) => consenting.includes(role));
  if (!mayConsent) {
    missing.add(
      'You have none of the directory roles that may consent for a user and assign one to an app.',
      'Get the role Cloud Application Administrator (or Application Administrator, Global Administrator), or have an administrator with it run this command.',
      who,
    );
  }
  if (app || mayConsent || own.includes(roles.applicationDeveloper)) return;
  if ((await missing.attempt(() => directory.usersMayCreateApps())) !== false) return;
  missing.add(
    `This tenant lets only some roles register apps, and ${quoted(options.app)} does not exist.`,
    'Get the role Application Developer or Cloud Application Administrator.',
    who,
  );
}
