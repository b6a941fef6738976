import type { Organization } from '../azure-devops/organization';
import { quoted } from '../errors';
import type { Secret } from '../secret';
import { readOrganization } from '../sign-in/connections';
import { holdsExpression, type InputReader } from '../step/input-reader';
import { isWebToken } from '../web-token';

/** Which agents a step waits for, and who asks. */
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

/** Reads which agents to wait for. Notes `input-invalid`. */
export function readWaitInputs(reader: InputReader): WaitInputs {
  const organization = readOrganization(reader);
  const token = readToken(reader);
  const pool = reader.name('pool', 'an agent pool');
  if (pool === '') reader.problem('input-invalid', 'pool must name an agent pool.');
  const agents = reader.list('agents', /[\n,]/);
  const capabilities = reader.list('capabilities', /\n/).map((line) => {
    const [, name = line, value] = /^([^=]*)=(.*)$/.exec(line) ?? [];
    return { name: name.trim(), ...(value !== undefined && { value: value.trim() }) };
  });
  const count = readCount(reader);
  if (count === undefined && agents.length === 0) {
    reader.problem('input-invalid', 'Neither agents nor count says which agents to wait for.');
  }
  const timeoutMinutes = reader.minutes('timeoutMinutes', { byDefault: 30, min: 1 });
  return {
    ...reader.complete<Pick<WaitInputs, 'organization' | 'token'>>({ organization, token }),
    kind: token && isWebToken(token) ? 'entra' : 'pat',
    pool,
    agents,
    ...(count !== undefined && { count }),
    capabilities,
    timeoutMinutes,
  };
}

function readCount(reader: InputReader): number | undefined {
  const count = reader.text('count');
  if (count === '') return undefined;
  if (!/^[1-9]\d{0,3}$/.test(count)) {
    reader.problem('input-invalid', `count ${quoted(count)} is not a number of agents from 1 to 9999.`);
  }
  return Number(count);
}

function readToken(reader: InputReader): Secret | undefined {
  const token = reader.secret('token');
  if (!token || holdsExpression(token.reveal())) {
    reader.problem(
      'input-invalid',
      'token is empty, or names a variable that does not exist in this job.',
      'Put this step behind the one that mints the token, and name the same variable; nothing was sent.',
    );
  } else if (!token.isPrintableWord(20, 65_536)) {
    reader.problem(
      'input-invalid',
      'token is neither a personal access token nor an Entra token: those are one long word.',
    );
  }
  return token;
}
