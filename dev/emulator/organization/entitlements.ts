import type { User } from '../directory/entities';
import { type Answer, jsonObject, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { type Actor, descriptorOf, isCollectionAdministrator, requireActor } from './actors';
import { identityIdOf, type License } from './collection';

const read = ['vso.memberentitlementmanagement', 'vso.memberentitlementmanagement_write'];
const licenses: Record<License, string> = { express: 'Basic', stakeholder: 'Stakeholder' };

/** `POST /{organization}/_apis/userentitlements`, which says in a 200 that it failed. */
export function addEntitlement(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, ['vso.memberentitlementmanagement_write']);
  const body = exchange.json();
  const { principalName, subjectKind } = jsonObject(body.user);
  const { licensingSource, accountLicenseType } = jsonObject(body.accessLevel);
  if (typeof principalName !== 'string' || subjectKind !== 'user' || licensingSource !== 'account') {
    throw notKnown('where an entitlement is no account license for a user by name');
  }
  if (accountLicenseType !== 'express' && accountLicenseType !== 'stakeholder') {
    throw notKnown(`for the license ${accountLicenseType}`);
  }
  if (!mayEntitle(actor, state)) {
    return failed(5102, 'You do not have permissions to add users to the organization.');
  }
  const user = Object.values(state.users).find(({ upn }) => upn.toLowerCase() === principalName.toLowerCase());
  const refused = user?.agentIdentityId !== undefined && !state.collection.takesAgentUsers;
  if (!user || refused) return failed(5000, `VS403283: Could not add user '${principalName}' at this time.`);
  user.member = true;
  state.collection.licenses.set(user.oid, accountLicenseType);
  const userEntitlement = entitlementJson(user, state);
  const operationResult = { isSuccess: true, errors: [], userId: userEntitlement.id, result: userEntitlement };
  return { status: 200, json: { isSuccess: true, userEntitlement, operationResult } };
}

/** The identity of a job cannot, even where it administers the organization. */
function mayEntitle(actor: Actor, state: State): boolean {
  return actor.kind !== 'job' && isCollectionAdministrator(actor, state);
}

function failed(key: number, value: string): Answer {
  const userId = '00000000-0000-0000-0000-000000000000';
  const operationResult = { isSuccess: false, errors: [{ key, value }], userId, result: null };
  return { status: 200, json: { isSuccess: false, userEntitlement: null, operationResult } };
}

/** `GET …/_apis/userentitlements?$filter=name eq '…'` */
export function listEntitlements(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, read);
  const filter = exchange.query('$filter');
  const [, name] = /^name eq '([^']*)'$/.exec(filter ?? "name eq ''") ?? [];
  if (name === undefined) throw notKnown(`for the filter ${filter}`);
  const wanted = name.toLowerCase();
  const items = Object.values(state.users)
    .filter(({ member }) => member)
    .filter(({ upn, displayName }) => `${upn}\n${displayName}`.toLowerCase().includes(wanted))
    .map((user) => entitlementJson(user, state));
  const all = { members: items, items, continuationToken: null, totalCount: items.length };
  return { status: 200, json: all };
}

/** `DELETE …/_apis/userentitlements/{id}` */
export function deleteEntitlement(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, ['vso.memberentitlementmanagement_write']);
  const id = exchange.route[0]?.toLowerCase();
  const user = Object.values(state.users).find(({ oid }) => identityIdOf(oid) === id);
  if (!user?.member) throw notKnown('where the user is no member');
  if (!mayEntitle(actor, state)) throw notKnown('where the caller may not remove members');
  user.member = false;
  state.collection.licenses.delete(user.oid);
  return { status: 204 };
}

/** Members who were there from the start have Basic access. */
function entitlementJson(user: User, state: State) {
  const license = state.collection.licenses.get(user.oid) ?? 'express';
  return {
    id: identityIdOf(user.oid),
    user: {
      subjectKind: 'user',
      metaType: user.guest ? 'guest' : 'member',
      domain: user.tid,
      principalName: user.upn,
      mailAddress: user.upn,
      origin: 'aad',
      originId: user.oid,
      displayName: user.displayName,
      descriptor: descriptorOf(user.oid),
    },
    accessLevel: {
      licensingSource: 'account',
      accountLicenseType: license,
      msdnLicenseType: 'none',
      licenseDisplayName: licenses[license],
      status: 'active',
      statusMessage: '',
      assignmentSource: 'unknown',
    },
    lastAccessedDate: '0001-01-01T00:00:00Z',
    projectEntitlements: [],
    extensions: [],
    groupAssignments: [],
  };
}
