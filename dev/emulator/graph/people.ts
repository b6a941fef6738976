import type { User } from '../directory/entities';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { privileges, requireGraphCaller, requirePrivilege } from './caller';
import { denied, notFound } from './errors';
import { collection, single } from './query';

/** What Graph answers about a user only where it is selected. */
const onDemand = ['userType', 'accountEnabled', 'identityParentId'];

const roleTemplates: Record<string, string> = {
  'Global Administrator': '62e90394-69f5-4237-9190-012177145e10',
  'Application Administrator': '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  'Cloud Application Administrator': '158c047a-c907-4556-b7ef-446551a6b5f7',
  'Privileged Role Administrator': 'e8611ab8-c189-46e8-94e1-60213ab1f814',
};

/** `GET /me` */
export function getMe(exchange: Exchange, state: State): Answer {
  return single(exchange, userJson(requireGraphCaller(exchange, state).user), onDemand);
}

/** `GET /me/memberOf`, of which only the directory roles are known. */
export function listRoles(exchange: Exchange, state: State): Answer {
  const { user } = requireGraphCaller(exchange, state);
  const roles = [...(state.directory.roles.get(user.oid) ?? [])].map((displayName) => ({
    '@odata.type': '#microsoft.graph.directoryRole',
    id: displayName,
    displayName,
    roleTemplateId: roleTemplates[displayName] ?? null,
  }));
  return collection(exchange, roles);
}

/** `GET /organization` */
export function getOrganization(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  const verifiedDomains = [{ name: state.tenantDomain, isDefault: true, isInitial: true, type: 'Managed' }];
  return collection(exchange, [{ id: state.tenantId, displayName: state.organization, verifiedDomains }]);
}

/** `GET /users` */
export function listUsers(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return collection(exchange, Object.values(state.users).map(userJson), onDemand);
}

/** `GET /users/{idOrName}` */
export function getUser(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return single(exchange, userJson(requireUser(exchange, state)), onDemand);
}

/** `PATCH /users/{id}`: lets the user sign in, or no longer. */
export function updateUser(exchange: Exchange, state: State): Answer {
  requirePrivilege(requireGraphCaller(exchange, state), privileges.users, { state });
  const user = requireUser(exchange, state);
  const { accountEnabled, ...more } = exchange.json();
  if (typeof accountEnabled !== 'boolean' || Object.keys(more).length > 0) {
    throw notKnown('to a change of a user but of accountEnabled');
  }
  user.disabled = !accountEnabled;
  return { status: 204 };
}

/** `DELETE /users/{id}`, of agent users alone. */
export function deleteUser(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const user = requireUser(exchange, state);
  if (!user.agentIdentityId) throw notKnown('where a user is deleted who belongs to no agent');
  requirePrivilege(caller, privileges.agentUsers, { state });
  for (const [alias, candidate] of Object.entries(state.users)) if (candidate === user) delete state.users[alias];
  return { status: 204 };
}

/** `POST /users/{id}/revokeSignInSessions`: every refresh token of the user ends. */
export function revokeSessions(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const user = requireUser(exchange, state);
  requirePrivilege(caller, privileges.users, { state, owns: caller.user === user });
  for (const refreshToken of state.refreshTokens) {
    if (refreshToken.user === user) refreshToken.revoked = true;
  }
  return { status: 200, json: { value: true } };
}

export function requireUser(exchange: Exchange, state: State): User {
  const wanted = decodeURIComponent(exchange.route[0] ?? '').toLowerCase();
  const user = Object.values(state.users).find(({ oid, upn }) => oid === wanted || upn.toLowerCase() === wanted);
  if (!user) throw notFound(wanted);
  return user;
}

export function userJson({ oid, displayName, upn, guest, disabled, agentIdentityId }: User): Record<string, unknown> {
  return {
    ...(agentIdentityId ? { '@odata.type': '#microsoft.graph.agentUser', identityParentId: agentIdentityId } : {}),
    id: oid,
    displayName,
    userPrincipalName: upn,
    mail: upn,
    userType: guest ? 'Guest' : 'Member',
    accountEnabled: !disabled,
  };
}

const readsPolicies = ['Policy.Read.All', 'Directory.AccessAsUser.All'];

/** `GET /policies/defaultAppManagementPolicy`: whether applications may have secrets. */
export function getAppManagementPolicy(exchange: Exchange, state: State): Answer {
  if (!requireGraphCaller(exchange, state).scopes.some((scope) => readsPolicies.includes(scope))) throw denied();
  const restriction = { restrictionType: 'passwordAddition', state: 'enabled', maxLifetime: null };
  const { secretsForbidden } = state.directory;
  const applicationRestrictions = { passwordCredentials: secretsForbidden ? [restriction] : [], keyCredentials: [] };
  return single(exchange, { id: 'defaultAppManagementPolicy', isEnabled: secretsForbidden, applicationRestrictions });
}

/** `GET /policies/authorizationPolicy`: what users may do without a role. */
export function getAuthorizationPolicy(exchange: Exchange, state: State): Answer {
  if (!requireGraphCaller(exchange, state).scopes.some((scope) => readsPolicies.includes(scope))) throw denied();
  const { usersMayRegister, usersMayConsent } = state.directory;
  const permissionGrantPoliciesAssigned = usersMayConsent
    ? ['ManagePermissionGrantsForSelf.microsoft-user-default-low']
    : [];
  return single(exchange, {
    id: 'authorizationPolicy',
    defaultUserRolePermissions: { allowedToCreateApps: usersMayRegister, permissionGrantPoliciesAssigned },
  });
}
