import type { Pipeline } from '../agent/pipeline';
import type { Organization } from '../azure-devops/organization';
import { type Problems, quoted } from '../errors';
import type { Secret } from '../secret';
import { readTargetOrganization } from '../sign-in/connections';
import { isMacro, plainInput, readMinutes, readPool } from '../step/input-values';

/** The shape of an Entra token. A personal access token, however long, has no dots. */
const webToken = /^[\w-]+(\.[\w-]*){2,}$/;

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
