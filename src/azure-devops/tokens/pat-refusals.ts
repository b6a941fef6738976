import { type ErrorCode, TaskError } from '../../errors';
import type { Answer } from '../../http/answer';

interface Meaning {
  code: ErrorCode;
  cause: string;
  remedy?: string;
}

const again = 'Run the step again later; if it repeats, ask Azure DevOps support.';
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
const passing: Meaning = { code: 'pat-refused', cause: 'Azure DevOps has a passing fault', remedy: again };
const noSuchToken: Meaning = { code: 'pat-refused', cause: 'Azure DevOps lost sight of the token', remedy: again };
const wrongAddress: Meaning = {
  code: 'pat-refused',
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
const reasons: Record<string, Meaning> = {
  displaynamerequired: { code: 'pat-refused', cause: 'the token was asked for without a name', remedy: ourFault },
  invaliddisplayname: {
    code: 'pat-refused',
    cause: 'Azure DevOps does not accept the name of the token',
    remedy: 'Rename the pipeline, whose name is part of the name of the token.',
  },
  invalidvalidto: {
    code: 'pat-refused',
    cause: 'Azure DevOps does not accept the expiry of the token',
    remedy: 'Check the clock of the agent, then ask for another lifetimeMinutes.',
  },
  invalidscope: { code: 'pat-refused', cause: 'Azure DevOps does not know the scope', remedy: ourFault },
  useridrequired: unknownUser,
  invaliduserid: unknownUser,
  invalidusertype: { code: 'issuer-not-a-user', cause: 'who signed in is not a user' },
  accessdenied: {
    code: 'pat-refused',
    cause: 'the user may not create tokens in this organization',
    remedy: 'Check that the user is a member of the organization and may create personal access tokens there.',
  },
  failedtoissueaccesstoken: passing,
  invalidclient: wrongApp,
  invalidclienttype: wrongApp,
  invalidclientid: wrongApp,
  invalidtargetaccounts: {
    code: 'pat-refused',
    cause: 'Azure DevOps cannot make a token for this organization',
    remedy: 'Check the URL of the organization.',
  },
  hostauthorizationnotfound: noSuchToken,
  authorizationnotfound: noSuchToken,
  failedtoupdateaccesstoken: passing,
  sourcenotsupported: wrongAddress,
  invalidsourceip: wrongAddress,
  invalidsource: wrongAddress,
  duplicatehash: passing,
  sshpolicydisabled: {
    code: 'pat-refused',
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
  deploymenthostnotsupported: {
    code: 'pat-refused',
    cause: 'this is not an organization that can have tokens',
    remedy: 'Check the URL of the organization.',
  },
  disablepatcreationpolicyviolation: {
    code: 'pat-creation-restricted',
    cause: 'a policy of the organization restricts who may create personal access tokens',
  },
  expiredpatcannotbeextended: {
    code: 'pat-refused',
    cause: 'an expired token cannot be given a new expiry',
    remedy: ourFault,
  },
};

/** The reason that an answer of the token API gives, or undefined if it gives none, whatever its status. */
export function reasonOf(answer: Answer): string | undefined {
  const reason = answer.field('patTokenError');
  if (typeof reason === 'number') return reason === 0 ? undefined : String(reason);
  if (typeof reason !== 'string' || reason === '' || reason.toLowerCase() === 'none') return undefined;
  return reason;
}

/** Whether the service itself speaks, rather than something on the way to it. */
export function isEnvelope(answer: Answer): boolean {
  return typeof answer.field('message') === 'string' || typeof answer.field('typeKey') === 'string';
}

/**
 * What a refusal by the token API means. A refusal comes as a 200 with a reason, as an error status with an envelope,
 * or as a sign-in page.
 * @param doing what was refused, as the subject of a sentence: "Creating the token".
 */
export function patRefusal(doing: string, answer: Answer): TaskError {
  const reason = reasonOf(answer);
  if (reason !== undefined) {
    const known = Object.hasOwn(reasons, reason.toLowerCase()) ? reasons[reason.toLowerCase()] : undefined;
    const cause = known?.cause ?? (answer.quote(answer.field('patTokenErrorMessage')) || 'it gives no further reason');
    return refused(doing, { code: 'pat-refused', ...known, cause }, answer.quote(reason));
  }
  const text = serverText(answer);
  if (/service principals? .*not allowed|requested operation is not allowed/i.test(text)) {
    return refused(
      doing,
      { code: 'issuer-not-a-user', cause: 'Azure DevOps does not take the caller for a user' },
      text,
    );
  }
  if (answer.asksToSignIn || /TF401444|TF400813/.test(text)) {
    const cause = `Azure DevOps answered ${answer.status} and does not accept the sign-in`;
    return refused(doing, { code: 'not-signed-in', cause }, text);
  }
  return refused(doing, { code: 'pat-refused', cause: `Azure DevOps answered ${answer.status}` }, text);
}

function refused(doing: string, { code, cause, remedy }: Meaning, detail: string): TaskError {
  const what = `${doing} was refused: ${cause}${detail && ` (${detail})`}.`;
  return new TaskError(code, what, remedy === undefined ? {} : { remedy });
}

function serverText(answer: Answer): string {
  const message = answer.quote(answer.field('message'));
  if (message !== '') return message;
  const header = answer.header('x-tfs-serviceerror') ?? '';
  try {
    return answer.quote(decodeURIComponent(header));
  } catch {
    return answer.quote(header);
  }
}
