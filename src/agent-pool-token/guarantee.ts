import { scopes } from '../azure-devops/tokens/scopes';
import { utcText } from '../time';
import type { MintInputs } from './inputs';

/** What a run may rely on. */
export interface PatGuarantee extends Pick<MintInputs, 'scope' | 'revokeAfterJob' | 'variable'> {
  organization: string;
  /** Milliseconds since 1970, UTC. */
  expires: number;
  tokenName: string;
  tokenId: string;
  /** What is stored for signing in, as a sentence; undefined where nothing of it is ours. */
  stored: string | undefined;
}

/** The honest lines about a personal access token: what it can do, where, until when, and what ends it. */
export function patGuarantee(facts: PatGuarantee): string[] {
  const { vso, title } = scopes[facts.scope];
  const until = utcText(facts.expires);
  const end = facts.revokeAfterJob
    ? `It is revoked when this job ends, and expires at ${until} at the latest.`
    : `It is NOT revoked when this job ends: it lives until ${until}.`;
  return [
    `Minted personal access token "${facts.tokenName}" (id ${facts.tokenId}).`,
    `Guarantee: limited to ${title} [${vso}] in the organization "${facts.organization}" alone. ${end}`,
    `This job has it as the secret variable ${facts.variable}.`,
    ...(facts.stored === undefined ? [] : [facts.stored]),
  ];
}

/** The same about an application's token. */
export interface AppGuarantee extends Pick<PatGuarantee, 'organization' | 'expires' | 'variable'> {
  /** Object id of the service principal, where it is known. */
  principal: string | undefined;
}

/** The honest lines about an Entra access token of an application: whose it is, until when, and what it lacks. */
export function appGuarantee({ organization, expires, principal, variable }: AppGuarantee): string[] {
  const whose =
    principal === undefined ? 'the service principal of this connection' : `the service principal ${principal}`;
  return [
    `Got a Microsoft Entra access token of ${whose} for the organization "${organization}".`,
    `Guarantee: it expires at ${utcText(expires)}. It is NOT limited to agent pools: it can do all that that service principal may do. It cannot be revoked, so nothing is revoked when this job ends.`,
    `This job has it as the secret variable ${variable}.`,
  ];
}
