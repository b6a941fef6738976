import { type Answer, envelope, notKnown, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { descriptorOf, requireActor } from './actors';
import { identityIdOf } from './collection';

/** A user, group or service that the organization knows. */
export interface Member {
  kind: 'user' | 'servicePrincipal' | 'buildService';
  oid: string;
  displayName: string;
  /** The name to sign in with, or the id of an application. */
  account: string;
}

/** Everyone whom the organization knows. */
export function membersOf(state: State): Member[] {
  const { oid, displayName } = state.collection.buildService;
  return [
    ...Object.values(state.users)
      .filter(({ member }) => member)
      .map((user): Member => ({ kind: 'user', oid: user.oid, displayName: user.displayName, account: user.upn })),
    ...state.servicePrincipals
      .filter(({ member }) => member)
      .map(
        (one): Member => ({
          kind: 'servicePrincipal',
          oid: one.oid,
          displayName: one.displayName,
          account: one.clientId,
        }),
      ),
    { kind: 'buildService', oid, displayName, account: oid },
  ];
}

const keys = new Map<string | undefined, (member: Member) => string[]>([
  ['general', ({ displayName, account }) => [displayName, account]],
  ['displayname', ({ displayName }) => [displayName]],
  ['accountname', ({ account }) => [account]],
  ['mailaddress', ({ kind, account }) => (kind === 'user' ? [account] : [])],
]);

/** `GET …/_apis/identities?searchFilter=&filterValue=`, or `identityIds=` */
export function findIdentities(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.identity', 'vso.identity_manage']);
  const [filter, wanted] = [
    exchange.query('searchFilter')?.toLowerCase(),
    exchange.query('filterValue')?.toLowerCase(),
  ];
  const ids = exchange.query('identityIds')?.toLowerCase().split(',');
  const namesOf = keys.get(filter);
  if ((exchange.query('queryMembership')?.toLowerCase() ?? 'none') !== 'none') throw notKnown('with memberships');
  if (!ids && (!namesOf || wanted === undefined)) throw notKnown('for that search of identities');
  const value = membersOf(state)
    .filter((member) =>
      ids ? ids.includes(identityIdOf(member.oid)) : namesOf?.(member).some((name) => name.toLowerCase() === wanted),
    )
    .map((member) => ({
      id: identityIdOf(member.oid),
      descriptor: `Microsoft.IdentityModel.Claims.ClaimsIdentity;${state.tenantId}\\${member.account}`,
      subjectDescriptor: descriptorOf(member.oid),
      providerDisplayName: member.displayName,
      isActive: true,
      isContainer: false,
      properties: { Account: { $type: 'System.String', $value: member.account } },
    }));
  return { status: 200, json: { count: value.length, value } };
}

/** `GET …/_apis/graph/users` and `…/serviceprincipals` */
export function listSubjects(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.graph', 'vso.graph_manage']);
  const kind = exchange.route[0]?.toLowerCase() === 'users' ? 'user' : 'servicePrincipal';
  const value = membersOf(state)
    .filter((member) => member.kind === kind)
    .map(({ oid, displayName, account }) => ({
      subjectKind: kind,
      origin: 'aad',
      originId: oid,
      displayName,
      descriptor: descriptorOf(oid),
      ...(kind === 'user' ? { principalName: account, mailAddress: account } : { applicationId: account }),
    }));
  return { status: 200, json: { count: value.length, value } };
}

/** `GET …/_apis/graph/storagekeys/{descriptor}`: the id by which roles are given. */
export function getStorageKey(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.graph', 'vso.graph_manage']);
  const descriptor = exchange.route[0] ?? '';
  const member = membersOf(state).find(({ oid }) => descriptorOf(oid) === descriptor);
  if (member) return { status: 200, json: { value: identityIdOf(member.oid) } };
  const text = `VS860014: Subject with descriptor '${descriptor}' was not found.`;
  throw new Refusal(envelope(404, 'GraphSubjectNotFoundException', text));
}
