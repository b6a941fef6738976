import { type ScopeName, scopeNames } from '../azure-devops/tokens/scopes';
import { quoted } from '../errors';
import type { Limits } from '../sign-in/limits';
import type { InputReader } from '../step/input-reader';

/** What a step that hands over an application's token asks for. */
export interface EntraInputs {
  /** Empty: any pool. */
  pool: string;
  variable: string;
}

/** What a step that mints asks for. */
export interface MintInputs extends EntraInputs {
  scope: ScopeName;
  lifetimeMinutes: number;
  revokeAfterJob: boolean;
  onRevokeFailure: OnRevokeFailure;
}

/** How the job ends where its token cannot be revoked: with issues, or failed. */
export const onRevokeFailures = ['warn', 'fail'] as const;
export type OnRevokeFailure = (typeof onRevokeFailures)[number];

const outputs = ['tokenId', 'expiresOn', 'tokenKind'];
// With an underscore too: AGENT_VERSION would hide the agent's own variable, which is agent.version.
const reservedVariables = /^((agent|build|release|system)[._]|secret|endpoint|input|securefile)/i;
const ownVariables = /^agent_pool_token/i;
const defaults = { scope: 'agentPool', lifetimeMinutes: '60', revokeAfterJob: 'true', onRevokeFailure: 'warn' };

/** Reads what is asked of an application's token, and refuses the limits that such a token does not have. */
export function readEntraInputs(reader: InputReader): EntraInputs {
  const why = 'connectionType is azureDevOps or azureRM, whose tokens can be neither limited nor revoked';
  for (const [name, byDefault] of Object.entries(defaults)) {
    const written = reader.written(name);
    if (written === '' || written.toLowerCase() === byDefault.toLowerCase()) continue;
    // The classic editor keeps what is in a field that a pick hides.
    const visible = 'in the classic editor, pick issuer once more to see its field';
    reader.refuse(name, why, `set ${name} to ${byDefault}; ${visible}`);
  }
  return { pool: reader.name('pool', 'an agent pool'), variable: readVariable(reader) };
}

/** Reads what is asked for. Notes `input-invalid`. */
export function readMintInputs(reader: InputReader): MintInputs | undefined {
  const scope = reader.oneOf('scope', scopeNames, 'agentPool');
  const pool = reader.name('pool', 'an agent pool');
  if (pool !== '' && scope !== undefined && scope !== 'agentPool') reader.refuse('pool', 'scope is not agentPool');
  const lifetimeMinutes = reader.minutes('lifetimeMinutes', { byDefault: 60, min: 5 });
  const variable = readVariable(reader);
  const revokeAfterJob = reader.boolean('revokeAfterJob', true);
  const onRevokeFailure = readOnRevokeFailure(reader);
  return scope && { scope, pool, lifetimeMinutes, variable, revokeAfterJob, onRevokeFailure };
}

/** Reads how a failed revocation ends the step. Notes `input-invalid`. */
export function readOnRevokeFailure(reader: InputReader): OnRevokeFailure {
  return reader.oneOf('onRevokeFailure', onRevokeFailures, 'warn') ?? 'warn';
}

/** Notes `limit-exceeded` for what is beyond the limits of the connection; its default is not clamped either. */
export function refuseBeyond(
  reader: InputReader,
  { allowedScopes, maxLifetimeMinutes = Number.POSITIVE_INFINITY }: Limits,
  { scope, lifetimeMinutes }: Pick<MintInputs, 'scope' | 'lifetimeMinutes'>,
): void {
  if (!allowedScopes.includes(scope)) {
    const allowed = allowedScopes.join(', ');
    const what = `scope ${scope} is not among those that the service connection allows: ${allowed}.`;
    reader.problem('limit-exceeded', what);
  }
  if (lifetimeMinutes > maxLifetimeMinutes) {
    const allowed = `the ${maxLifetimeMinutes} minutes that the service connection allows`;
    reader.problem('limit-exceeded', `lifetimeMinutes ${lifetimeMinutes} is more than ${allowed}.`);
  }
}

function readVariable(reader: InputReader): string {
  const name = reader.text('variable') || 'AGENT_POOL_TOKEN';
  if (!/^[A-Za-z_][A-Za-z0-9_.]{0,127}$/.test(name)) {
    reader.problem(
      'input-invalid',
      `variable ${quoted(name)} is not a name of at most 128 letters, digits, "_" and "." that begins with a letter or "_".`,
    );
  }
  // As an output's name the token would become an output variable, which the agent sends to the server's timeline.
  const taken = [...outputs, 'PATH'].some((other) => other.toLowerCase() === name.toLowerCase());
  if (taken || (reservedVariables.test(name) && !ownVariables.test(name))) {
    reader.problem('input-invalid', `variable ${quoted(name)} is a name that the agent or this task uses itself.`);
  }
  return name;
}
