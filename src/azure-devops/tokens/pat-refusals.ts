import { type ErrorCode, TaskError } from '../../errors';
import { isGuid } from '../../guid';
import type { Answer } from '../../http/answer';
import type { Secret } from '../../secret';
import { claimsOf } from '../../web-token';
import { reasonOf } from './pat-answers';

interface Meaning {
  /** `pat-refused` unless there is a code that says more. */
  code?: ErrorCode;
  cause: string;
  remedy?: string;
}

const again = 'Run the step again later; if it repeats, ask Azure DevOps support.';
const checkUrl = 'Check the URL of the organization.';
const ourFault = 'Report this as a fault of this extension, with the named reason.';

const unknownUser: Meaning = { code: 'not-signed-in', cause: 'Azure DevOps does not know the user' };
const wrongApp: Meaning = {
  code: 'sign-in-app-misconfigured',
  cause: 'Azure DevOps does not accept the app that signed in',
};
const wrongToken: Meaning = {
  code: 'not-signed-in',
  cause: 'the access token is not one for Azure DevOps',
  remedy: 'Pass an Entra access token of a user for the resource 499b84ac-1321-427f-aa17-267ca6975798.',
};
const passing: Meaning = { cause: 'Azure DevOps could not do it just now', remedy: again };
const noSuchToken: Meaning = { cause: 'Azure DevOps does not find the token', remedy: again };
const wrongAddress: Meaning = {
  cause: 'a policy does not allow the network address of this agent',
  remedy: 'Ask the Entra administrator to allow the address of the agent.',
};
const globalPolicy: Meaning = {
  code: 'pat-global-policy',
  cause: 'a policy forbids tokens for all organizations, and Azure DevOps took this one for such a token',
};

/**
 * The reasons that the token API gives (SessionTokenError), in lower case, since services spell them differently.
 * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/create#sessiontokenerror
 */
export const reasons: Record<string, Meaning> = {
  displaynamerequired: { cause: 'the token was asked for without a name', remedy: ourFault },
  invaliddisplayname: {
    cause: 'Azure DevOps does not accept the name of the token',
    remedy: 'Rename the pipeline, whose name is part of the name of the token.',
  },
  invalidvalidto: {
    cause: 'Azure DevOps does not accept the expiry of the token',
    remedy: 'Check the clock of the agent, then ask for another lifetimeMinutes.',
  },
  invalidscope: { cause: 'Azure DevOps does not know the scope', remedy: ourFault },
  useridrequired: unknownUser,
  invaliduserid: unknownUser,
  invalidusertype: { code: 'issuer-not-a-user', cause: 'who signed in is not a user' },
  accessdenied: {
    cause: 'the user may not create tokens in this organization',
    remedy: 'Check that the user is a member of the organization and may create personal access tokens there.',
  },
  failedtoissueaccesstoken: passing,
  invalidclient: wrongApp,
  invalidclienttype: wrongApp,
  invalidclientid: wrongApp,
  invalidtargetaccounts: { cause: 'Azure DevOps cannot make a token for this organization', remedy: checkUrl },
  hostauthorizationnotfound: noSuchToken,
  authorizationnotfound: noSuchToken,
  failedtoupdateaccesstoken: passing,
  sourcenotsupported: wrongAddress,
  invalidsourceip: wrongAddress,
  invalidsource: wrongAddress,
  duplicatehash: passing,
  sshpolicydisabled: {
    cause: 'a policy of the organization forbids SSH keys',
    remedy: 'Ask a Project Collection Administrator about that policy.',
  },
  invalidtoken: wrongToken,
  tokennotfound: noSuchToken,
  invalidauthorizationid: noSuchToken,
  failedtoreadtenantpolicy: passing,
  failedtoreadorgpolicy: passing,
  globalpatpolicyviolation: globalPolicy,
  globalpatcreationblocked: globalPolicy,
  fullscopepatpolicyviolation: {
    code: 'pat-scope-policy',
    cause: 'a policy of the tenant forbids tokens of full scope, and Azure DevOps took this one for such a token',
  },
  patlifespanpolicyviolation: {
    code: 'pat-lifespan-policy',
    cause: 'the token would live longer than the maximum lifespan policy of the tenant allows',
  },
  invalidtokentype: wrongToken,
  invalidaudience: wrongToken,
  invalidsubject: wrongToken,
  deploymenthostnotsupported: { cause: 'this is not an organization that can have tokens', remedy: checkUrl },
  disablepatcreationpolicyviolation: {
    code: 'pat-creation-restricted',
    cause: 'a policy of the organization restricts who may create personal access tokens',
  },
  expiredpatcannotbeextended: { cause: 'an expired token cannot be given a new expiry', remedy: ourFault },
};

/** What the service says in words or by the type of its exception, where it gives no reason by name. */
const texts: (Meaning & { pattern: RegExp })[] = [
  {
    pattern: /service principals? .*not allowed|requested operation is not allowed/i,
    code: 'issuer-not-a-user',
    cause: 'Azure DevOps does not take the caller for a user',
  },
  {
    pattern: /VS403463/,
    code: 'sign-in-interaction-required',
    cause: 'a conditional access policy of the organization refuses this sign-in',
  },
  {
    pattern: /TF400016|HostDoesNotExistException/,
    cause: 'there is no organization of this name any more, which may have been renamed',
    remedy: 'Put the present URL of the organization into the service connection or organizationUrl.',
  },
];

/**
 * What a refusal by the token API means. A refusal comes as a 200 with a reason, as an error status with an envelope,
 * or as a sign-in page.
 * @param doing what was refused, as the subject of a sentence: "Creating the token".
 */
export function patRefusal(doing: string, answer: Answer): TaskError {
  const reason = reasonOf(answer);
  if (reason !== undefined) {
    const meaning = Object.hasOwn(reasons, reason.toLowerCase()) ? reasons[reason.toLowerCase()] : undefined;
    const cause =
      meaning?.cause ?? (answer.quote(answer.field('patTokenErrorMessage')) || 'it gives no further reason');
    return refused(doing, { ...meaning, cause }, answer.quote(reason));
  }
  const text = reasonText(answer);
  const known = texts.find(({ pattern }) => pattern.test(`${text} ${answer.quote(answer.field('typeKey'))}`));
  if (known) return refused(doing, known, text);
  if (answer.asksToSignIn || /TF401444|TF400813/.test(text)) {
    const cause = `Azure DevOps answered ${answer.status} and does not accept the sign-in`;
    return refused(doing, { code: 'not-signed-in', cause }, text);
  }
  return refused(doing, { cause: `Azure DevOps answered ${answer.status}` }, text);
}

function refused(doing: string, { code = 'pat-refused', cause, remedy }: Meaning, detail: string): TaskError {
  const what = `${doing} was refused: ${cause}${detail && ` (${detail})`}.`;
  return new TaskError(code, what, { remedy });
}

/** What the service says about its refusal, as it may be printed. */
function reasonText(answer: Answer): string {
  const message = answer.quote(answer.field('message')) || answer.quote(answer.field('typeKey'));
  if (message !== '') return message;
  const header = answer.header('x-tfs-serviceerror') ?? '';
  try {
    return answer.quote(decodeURIComponent(header));
  } catch {
    return answer.quote(header);
  }
}

/**
 * Refuses a sign-in to another tenant than that of the organization, where the service and the token state both.
 * @throws TaskError `not-signed-in`.
 */
export function refuseOtherTenant(answer: Answer, token: Secret): void {
  const theirs = answer.header('x-vss-resourcetenant')?.toLowerCase() ?? '';
  const { tid } = claimsOf(token);
  if (!answer.asksToSignIn || !isGuid(theirs) || /^[0-]+$/.test(theirs) || typeof tid !== 'string') return;
  if (!isGuid(tid) || tid.toLowerCase() === theirs) return;
  const what = `The user signed in to the tenant ${tid.toLowerCase()}, but the organization belongs to the tenant ${theirs}.`;
  throw new TaskError('not-signed-in', what, { remedy: 'Sign in as a user of the tenant of the organization.' });
}
