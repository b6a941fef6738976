import type { Pipeline } from '../agent/pipeline';
import type { Organization } from '../azure-devops/organization';
import { isScopeName, type ScopeName, scopeNames } from '../azure-devops/tokens/scopes';
import { type Problems, quoted } from '../errors';
import { refuseOtherCredentials } from '../sign-in/connections';
import { plainInput, readBoolean, readMinutes, readPool, refuse } from '../step/input-values';

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

/** Reads how a failed revocation ends the step. Notes `input-invalid`, and then returns the default. */
export function readOnRevokeFailure(pipeline: Pipeline, problems: Problems): OnRevokeFailure {
  const value = plainInput('onRevokeFailure', pipeline, problems) || 'warn';
  if (value === 'warn' || value === 'fail') return value;
  problems.add('input-invalid', `onRevokeFailure ${quoted(value)} is neither warn nor fail.`);
  return 'warn';
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
