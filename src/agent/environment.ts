/**
 * Puts the environment right before the task library reads it: an agent writes its names in one way, but a step's `env`
 * and a pipeline's variables can add others, and the library never distinguishes them by case. Runs when it is loaded.
 */
import { parseJson } from '../json';

const tlsSwitch = 'NODE_TLS_REJECT_UNAUTHORIZED';

/** Whether the environment asks Node to accept any certificate. Node warns of it and obeys it, so it is taken out. */
export const asksForNoValidation = process.env[tlsSwitch] === '0';
if (asksForNoValidation) delete process.env[tlsSwitch];

// The names of an environment have no case on Windows.
if (process.platform !== 'win32') {
  for (const name of Object.keys(process.env)) if (isForged(name)) delete process.env[name];
}

/**
 * The names of the variables that are not secret. The agent writes this list after the variables, so that none stands for
 * it; and read here, because the library forgets a name where a secret variable has the same one for the environment.
 */
export const publicVariableNames = namesIn(process.env.VSTS_PUBLIC_VARIABLES);

for (const name of ['VSTS_PUBLIC_VARIABLES', 'VSTS_SECRET_VARIABLES']) {
  if (namesIn(process.env[name]).length === 0) delete process.env[name];
}

/** Whether a name means to the library what another one means to the agent. */
export function isForged(name: string): boolean {
  if (!/^(ENDPOINT|VSTS_TASKVARIABLE)_/i.test(name)) return false;
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
  return name !== name.toUpperCase().replace(id, (found) => found.toLowerCase());
}

/** The names in a JSON list; none where it is no list of names. */
function namesIn(text = '[]'): string[] {
  const names = parseJson(text);
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : [];
}
