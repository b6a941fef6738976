import { readTargetOrganization, refuseOtherCredentials } from './credential-inputs';
import { type Problems, quoted } from './errors';
import { isGuid } from './guid';
import type { Organization } from './hosts';
import { isMacro, plainInput, readBoolean, refuse } from './input-values';
import type { Pipeline } from './pipeline';
import { isScopeName, type ScopeName, scopeNames } from './scopes';
import type { Secret } from './secret';

/** What a step that hands over an application's token asks for. */
export interface LendInputs {
  /** Empty: any pool. */
  pool: string;
  variable: string;
}

/** What a step that mints asks for. */
export interface MintInputs extends LendInputs {
  scope: ScopeName;
  lifetimeMinutes: number;
  revokeAfterJob: boolean;
  /** Set only where it was named beside a connection. */
  organization?: Organization;
}

export type OnRevokeFailure = 'warn' | 'fail';

/** The shape of an Entra token. A personal access token, however long, has no dots. */
const webToken = /^[\w-]+(\.[\w-]*){2,}$/;
const outputs = ['tokenId', 'expiresOn', 'tokenKind'];
const reservedVariables = /^(agent\.|build\.|release\.|system\.|secret|endpoint|input|securefile)/i;

/** Reads what is asked of an application's token, and refuses the limits that such a token does not have. */
export function readLendInputs(pipeline: Pipeline, problems: Problems): LendInputs {
  refuseOtherCredentials(pipeline, problems);
  const why = 'connectionType is azureDevOps or azureRM, whose tokens can be neither limited nor revoked';
  const fixed = { scope: 'agentPool', lifetimeMinutes: '60', revokeAfterJob: 'true', onRevokeFailure: 'warn' };
  for (const [name, value] of Object.entries(fixed)) {
    const written = pipeline.input(name).trim();
    if (written !== '' && written.toLowerCase() !== value.toLowerCase()) refuse(name, why, problems);
  }
  return { pool: readPool(pipeline, problems), variable: readVariable(pipeline, problems) };
}

/** Reads what is asked for. Notes `input-invalid`; what it returns is right only if it noted nothing. */
export function readMintInputs(pipeline: Pipeline, problems: Problems): MintInputs {
  const organization = refuseOtherCredentials(pipeline, problems);
  const scope = plainInput('scope', pipeline, problems) || 'agentPool';
  if (!isScopeName(scope)) {
    problems.add('input-invalid', `scope ${quoted(scope)} is none of ${scopeNames.join(', ')}.`);
  }
  const pool = readPool(pipeline, problems);
  if (pool !== '' && scope !== 'agentPool') refuse('pool', 'scope is not agentPool', problems);
  readOnRevokeFailure(pipeline, problems);
  return {
    scope: isScopeName(scope) ? scope : 'agentPool',
    pool,
    lifetimeMinutes: readMinutes('lifetimeMinutes', { byDefault: '60', least: 5 }, pipeline, problems),
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
  const organization = refuseOtherCredentials(pipeline, problems);
  const revoke = plainInput('revoke', pipeline, problems) || 'leftovers';
  const ids = plainInput('tokenIds', pipeline, problems)
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((id) => id !== '');
  const age = plainInput('olderThanMinutes', pipeline, problems) || '120';
  if (!/^\d{1,6}$/.test(age)) {
    problems.add('input-invalid', `olderThanMinutes ${quoted(age)} is not a whole number of minutes.`);
  }
  for (const id of ids.filter((text) => !isGuid(text))) {
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

/** Whom a step waits for. */
export interface WaitInputs {
  organization: Organization;
  token: Secret;
  kind: 'pat' | 'entra';
  pool: string;
  /** Names, in which `*` stands for any text; none means all agents of the pool. */
  agents: string[];
  /** How many have to be online; undefined means all that are named. */
  count?: number;
  /** What every agent that counts has to have. */
  capabilities: { name: string; value?: string }[];
  timeoutMinutes: number;
}

/** Reads whom to wait for. Notes `input-invalid`; what it returns is right only if it noted nothing. */
export function readWaitInputs(
  pipeline: Pipeline,
  problems: Problems,
): Partial<WaitInputs> & { timeoutMinutes: number } {
  const organization = readTargetOrganization(pipeline, problems);
  const token = readToken(pipeline, problems);
  const pool = readPool(pipeline, problems);
  if (pool === '') problems.add('input-invalid', 'pool must name an agent pool.');
  const agents = readList('agents', /[\n,]/, pipeline, problems);
  const capabilities = readList('capabilities', /\n/, pipeline, problems).map((line) => {
    const [, name = line, value] = /^([^=]*)=(.*)$/.exec(line) ?? [];
    return { name: name.trim(), ...(value !== undefined && { value: value.trim() }) };
  });
  const count = plainInput('count', pipeline, problems);
  if (count !== '' && !/^[1-9]\d{0,3}$/.test(count)) {
    problems.add('input-invalid', `count ${quoted(count)} is not a number of agents from 1 to 9999.`);
  }
  if (count === '' && agents.length === 0)
    problems.add('input-invalid', 'Neither agents nor count tells whom to wait for.');
  return {
    ...(organization && { organization }),
    ...(token && { token, kind: webToken.test(token.reveal()) ? 'entra' : 'pat' }),
    pool,
    agents,
    ...(count !== '' && { count: Number(count) }),
    capabilities,
    timeoutMinutes: readMinutes('timeoutMinutes', { byDefault: '30', least: 1 }, pipeline, problems),
  };
}

/** Reads how a failed revocation ends the step. Notes `input-invalid`, and then returns the default. */
export function readOnRevokeFailure(pipeline: Pipeline, problems: Problems): OnRevokeFailure {
  const value = plainInput('onRevokeFailure', pipeline, problems) || 'warn';
  if (value === 'warn' || value === 'fail') return value;
  problems.add('input-invalid', `onRevokeFailure ${quoted(value)} is neither warn nor fail.`);
  return 'warn';
}

function readPool(pipeline: Pipeline, problems: Problems): string {
  const pool = plainInput('pool', pipeline, problems);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name contains one
  if (pool.length > 256 || /[\u0000-\u001f\u007f]/.test(pool)) {
    problems.add('input-invalid', `pool ${quoted(pool)} cannot be the name of an agent pool.`);
  }
  return pool;
}

/** Whole minutes, at most a day. */
function readMinutes(
  name: string,
  { byDefault, least }: { byDefault: string; least: number },
  pipeline: Pipeline,
  problems: Problems,
): number {
  const text = plainInput(name, pipeline, problems) || byDefault;
  const minutes = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes >= least && minutes <= 1440)) {
    problems.add('input-invalid', `${name} ${quoted(text)} is not a whole number of minutes from ${least} to 1440.`);
  }
  return minutes;
}

function readList(name: string, separator: RegExp, pipeline: Pipeline, problems: Problems): string[] {
  const items = plainInput(name, pipeline, problems).split(separator);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function readToken(pipeline: Pipeline, problems: Problems): Secret | undefined {
  const token = pipeline.secretInput('token');
  if (!token || isMacro(token.reveal())) {
    problems.add(
      'input-invalid',
      'token is empty, or names a variable that does not exist in this job.',
      'Put this step behind the one that mints the token, and name the same variable; nothing was sent.',
    );
  } else if (!token.isPrintableWord(20, 65_536)) {
    problems.add(
      'input-invalid',
      'token is neither a personal access token nor an Entra token: those are one long word.',
    );
  }
  return token;
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
