import { join } from 'node:path';
import { type RegisterOptions, registerAgent } from '../../agent';
import type { Emulator, PatRecord } from '../../emulator';
import type { Connection, JobResult } from '../../job-runner';
import { azureDevOpsConnection } from '../emulated-connections';
import { makeIssuer } from './demo-issuer';
import { check, heading } from './demo-report';

export const pool = 'Default';
const lifetimeMinutes = 10;

/** A job that has run, and what it asked the services for. */
interface Ran {
  job: JobResult;
  operations: (string | undefined)[];
}

/** What the two kinds of token have each for itself. */
export interface Kind {
  /** Inputs of the step that name who signs in. */
  credential: string;
  /** The service connection that the job uses; undefined where it could not be made, which was shown then. */
  connection(emulator: Emulator, show: (line: string) => void): Promise<Connection | undefined>;
  /** Checks what a run of this kind promises, and returns the token that the job had. */
  checkToken(emulator: Emulator, ran: Ran): string | undefined;
  /** Checks what becomes of the token after the job. */
  checkEnd(emulator: Emulator, token: string, folder: string): Promise<void>;
}

export const kinds: Record<string, Kind> = {
  pat: {
    credential: `issuer: agent-pool-issuer
      lifetimeMinutes: ${lifetimeMinutes}`,
    connection: (emulator, show) => {
      heading('Make an issuer with the issuer command, in an organization that has none');
      return makeIssuer(emulator, pool, show);
    },
    checkToken: (emulator, { operations }) => {
      const token = emulator.state.pats.at(-1);
      check(token !== undefined, 'It minted a personal access token.');
      if (token) checkPat(emulator, token);
      checkRequests(
        operations,
        ['oidc.token', 'entra.token', 'pats.create', 'pools.list'],
        ['oidc.token', 'entra.token', 'pats.revoke'],
      );
      return token?.token;
    },
    checkEnd: async (emulator, token, folder) => {
      heading('Try the same token once more, as a thief would');
      await checkRefused(emulator, token, folder);
    },
  },
  entra: {
    credential: `connectionType: azureDevOps
      azureDevOpsServiceConnection: agent-pools`,
    connection: async (emulator) => azureDevOpsConnection(emulator, 'agent-pools'),
    checkToken: (emulator, { job, operations }) => {
      const token = job.secretVariables.AGENT_POOL_TOKEN;
      check(
        token !== undefined,
        `It got an Entra token of ${emulator.federated.principal.displayName}; nothing was stored.`,
      );
      check(emulator.state.pats.length === 0, 'It made no personal access token.');
      const said = job.log.find((line) => line.startsWith('Guarantee:')) ?? '';
      check(/NOT limited to agent pools/.test(said), 'The log says that it is not limited to agent pools,');
      check(/cannot be revoked/.test(said), 'and that it cannot be revoked.');
      checkRequests(operations, ['oidc.token', 'entra.token', 'pools.list'], []);
      return token;
    },
    checkEnd: async (emulator, token, folder) => {
      heading('Two hours later, try the same token once more');
      emulator.state.clock.advance(2 * 60 * 60_000);
      await checkRefused(emulator, token, folder);
    },
  },
};

function checkPat(emulator: Emulator, token: PatRecord): void {
  const { organizationId } = emulator.state;
  const minutes = (token.validTo - token.validFrom) / 60_000;
  check(token.scope === 'vso.agentpools_manage', `Its one scope was ${token.scope}: Agent Pools (read, manage).`);
  check(
    token.targetAccounts?.length === 1 && token.targetAccounts[0] === organizationId,
    'It was good for this organization alone.',
  );
  check(
    Math.abs(minutes - lifetimeMinutes) < 1,
    `It would have expired by itself after ${Math.round(minutes)} minutes.`,
  );
  check(token.revoked, 'It was revoked when the job ended.');
  check(emulator.activeTokens().length === 0, 'No token of this user is left active.');
}

/** The first requests of the job were main's, the last those of post. Agents registered in between. */
function checkRequests(operations: (string | undefined)[], main: string[], post: string[]): void {
  const first = operations.slice(0, main.length);
  check(first.join() === main.join(), `Getting the token took ${main.length} requests: ${first.join(', ')}.`);
  const rest = operations.slice(main.length).filter((operation) => /^(entra|oidc|pats)\./.test(operation ?? ''));
  const requests = post.length === 0 ? 'took no request' : `took ${post.length} requests: ${rest.join(', ')}`;
  check(rest.join() === post.join(), `The end of the job ${requests}.`);
}

async function checkRefused({ organizationUrl: url }: Emulator, token: string, folder: string): Promise<void> {
  const options: RegisterOptions = {
    url,
    token,
    pool,
    agent: 'thief',
    directory: join(folder, 'thief'),
    environment: {},
  };
  const refusal = await registerAgent(options).then(
    () => undefined,
    (error: Error) => error.message,
  );
  check(refusal !== undefined, `Refused: ${refusal ?? 'no, it was accepted'}`);
}
