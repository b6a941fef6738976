import { type Problems, quoted, TaskError } from './errors';
import { type Organization, parseOrganization } from './hosts';
import { isMacro, plainInput, readBoolean, refuse } from './input-values';
import type { Pipeline } from './pipeline';
import { isScopeName, type ScopeName, scopeNames } from './scopes';
import type { Secret } from './secret';

/** Who is to sign in, as the inputs name it. */
type CredentialInputs =
  | { kind: 'issuer'; connectionId: string }
  | { kind: 'accessToken'; accessToken: Secret; organization: Organization };

/** What a step that mints asks for. */
export interface MintInputs {
  scope: ScopeName;
  /** Empty: any pool. */
  pool: string;
  lifetimeMinutes: number;
  variable: string;
  revokeAfterJob: boolean;
  /** Set only where it was named beside a connection. */
  organization?: Organization;
}

export type OnRevokeFailure = 'warn' | 'fail';

const connectionTypes = ['issuer', 'accessToken'];
const outputs = ['tokenId', 'expiresOn', 'tokenKind'];
const reservedVariables = /^(agent\.|build\.|release\.|system\.|secret|endpoint|input|securefile)/i;
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const longestAccessToken = 16_384;

/**
 * Reads who signs in, and nothing that revoking does not need. Notes `input-invalid` and `organization-unsupported`.
 * @returns undefined if it is not clear who is meant.
 */
export function readCredentialInputs(pipeline: Pipeline, problems: Problems): CredentialInputs | undefined {
  const kind = plainInput('connectionType', pipeline, problems) || 'issuer';
  if (kind === 'issuer') {
    const connectionId = plainInput('issuer', pipeline, problems);
    if (connectionId === '') problems.add('input-invalid', 'issuer must name a service connection.');
    return connectionId === '' ? undefined : { kind, connectionId };
  }
  if (kind === 'accessToken') {
    const accessToken = pipeline.secretInput('accessToken');
    checkAccessToken(accessToken, problems);
    const organization = namedOrganization(pipeline, problems) ?? ownOrganization(pipeline, problems);
    return accessToken && organization ? { kind, accessToken, organization } : undefined;
  }
  problems.add('input-invalid', `connectionType ${quoted(kind)} is none of ${connectionTypes.join(', ')}.`);
  return undefined;
}

/** Reads what is asked for. Notes `input-invalid`; what it returns is right only if it noted nothing. */
export function readMintInputs(pipeline: Pipeline, problems: Problems): MintInputs {
  const organization = refuseOtherCredential(pipeline, problems);

  const scope = plainInput('scope', pipeline, problems) || 'agentPool';
  if (!isScopeName(scope)) {
    problems.add('input-invalid', `scope ${quoted(scope)} is none of ${scopeNames.join(', ')}.`);
  }
  const pool = plainInput('pool', pipeline, problems);
  if (pool !== '' && scope !== 'agentPool') refuse('pool', 'scope is not agentPool', problems);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name contains one
  if (pool.length > 256 || /[\u0000-\u001f\u007f]/.test(pool)) {
    problems.add('input-invalid', `pool ${quoted(pool)} cannot be the name of an agent pool.`);
  }
  readOnRevokeFailure(pipeline, problems);
  return {
    scope: isScopeName(scope) ? scope : 'agentPool',
    pool,
    lifetimeMinutes: readLifetime(pipeline, problems),
    variable: readVariable(pipeline, problems),
    revokeAfterJob: readBoolean('revokeAfterJob', true, pipeline, problems),
    ...(organization && { organization }),
  };
}

/** What a step that sweeps is told. */
export interface SweepInputs {
  /** Ids to revoke, in lower case, each once; undefined for leftovers. */
  tokenIds?: string[];
  olderThanMinutes: number;
  dryRun: boolean;
  /** Set only where it was named beside a connection. */
  organization?: Organization;
}

/** Reads which tokens are meant. Notes `input-invalid`; what it returns is right only if it noted nothing. */
export function readSweepInputs(pipeline: Pipeline, problems: Problems): SweepInputs {
  const organization = refuseOtherCredential(pipeline, problems);
  const revoke = plainInput('revoke', pipeline, problems) || 'leftovers';
  const ids = plainInput('tokenIds', pipeline, problems)
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((id) => id !== '');
  const age = plainInput('olderThanMinutes', pipeline, problems) || '120';
  if (!/^\d{1,6}$/.test(age)) {
    problems.add('input-invalid', `olderThanMinutes ${quoted(age)} is not a whole number of minutes.`);
  }
  for (const id of ids.filter((text) => !guid.test(text))) {
    problems.add('input-invalid', `tokenIds names ${quoted(id)}, which is not the id of a token.`);
  }
  if (revoke === 'leftovers' && ids.length > 0) refuse('tokenIds', 'revoke is leftovers', problems);
  if (revoke === 'tokenIds' && ids.length === 0) problems.add('input-invalid', 'tokenIds names no token.');
  if (revoke === 'tokenIds' && age !== '120') refuse('olderThanMinutes', 'revoke is tokenIds', problems);
  if (revoke !== 'leftovers' && revoke !== 'tokenIds') {
    problems.add('input-invalid', `revoke ${quoted(revoke)} is neither leftovers nor tokenIds.`);
  }
  return {
    ...(revoke === 'tokenIds' && { tokenIds: [...new Set(ids)] }),
    olderThanMinutes: Number(age),
    dryRun: readBoolean('dryRun', false, pipeline, problems),
    ...(organization && { organization }),
  };
}

/** Reads how a failed revocation ends the step. Notes `input-invalid`, and then returns the default. */
export function readOnRevokeFailure(pipeline: Pipeline, problems: Problems): OnRevokeFailure {
  const value = plainInput('onRevokeFailure', pipeline, problems) || 'warn';
  if (value === 'warn' || value === 'fail') return value;
  problems.add('input-invalid', `onRevokeFailure ${quoted(value)} is neither warn nor fail.`);
  return 'warn';
}

function readLifetime(pipeline: Pipeline, problems: Problems): number {
  const text = plainInput('lifetimeMinutes', pipeline, problems) || '60';
  const minutes = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes >= 5 && minutes <= 1440)) {
    problems.add('input-invalid', `lifetimeMinutes ${quoted(text)} is not a whole number of minutes from 5 to 1440.`);
  }
  return minutes;
}

function readVariable(pipeline: Pipeline, problems: Problems): string {
  const name = plainInput('variable', pipeline, problems) || 'AGENT_POOL_TOKEN';
  if (!/^[A-Za-z_][A-Za-z0-9_.]{0,127}$/.test(name)) {
    problems.add(
      'input-invalid',
      `variable ${quoted(name)} is not a name of at most 128 letters, digits, "_" and "." that begins with a letter or "_".`,
    );
  }
  // As an output's name the token would become an output variable, which the agent sends to the server's timeline.
  const taken = [...outputs, 'PATH'].some((other) => other.toLowerCase() === name.toLowerCase());
  if (taken || reservedVariables.test(name)) {
    problems.add('input-invalid', `variable ${quoted(name)} is a name that the agent or this task uses itself.`);
  }
  return name;
}

function namedOrganization(pipeline: Pipeline, problems: Problems): Organization | undefined {
  const text = plainInput('organizationUrl', pipeline, problems);
  return text === '' ? undefined : organizationOf(text, problems);
}

/** The organization that runs this job. */
function ownOrganization(pipeline: Pipeline, problems: Problems): Organization | undefined {
  const variables = ['System.CollectionUri', 'System.TeamFoundationCollectionUri'];
  return organizationOf(variables.map((name) => pipeline.variable(name)).find((url) => url !== '') ?? '', problems);
}

function organizationOf(text: string, problems: Problems): Organization | undefined {
  try {
    return parseOrganization(text, 'input-invalid');
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    problems.add(error.code, error.what, error.remedy);
    return undefined;
  }
}

function checkAccessToken(accessToken: Secret | undefined, problems: Problems): void {
  if (!accessToken) {
    problems.add('input-invalid', 'accessToken is empty.', 'Pass it as a secret variable; nothing was sent.');
  } else if (isMacro(accessToken.reveal())) {
    problems.add(
      'input-invalid',
      'accessToken names a variable that does not exist in this job.',
      'Check the name in $(…), and that the variable is set before this step; nothing was sent.',
    );
  } else if (!accessToken.isPrintableWord(20, longestAccessToken)) {
    problems.add('input-invalid', 'accessToken is not an Entra access token: those are one long word.');
  }
}

/**
 * Refuses the credential of the kind that was not picked.
 * @returns the organization, where it is named beside a connection that has one of its own.
 */
function refuseOtherCredential(pipeline: Pipeline, problems: Problems): Organization | undefined {
  const kind = pipeline.input('connectionType').trim() || 'issuer';
  if (kind === 'issuer' && pipeline.secretInput('accessToken')) {
    refuse('accessToken', 'connectionType is issuer', problems);
  }
  if (kind === 'accessToken' && pipeline.input('issuer') !== '') {
    refuse('issuer', 'connectionType is accessToken', problems);
  }
  // Where it names the organization of an access token, it has been read, and its problems noted, with that.
  return kind === 'issuer' ? namedOrganization(pipeline, problems) : undefined;
}
