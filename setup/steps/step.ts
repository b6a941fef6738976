import type { Secret } from '../../src/secret';
import { SetupError } from '../failure';
import type { Found } from '../plan/found';
import type { AgentIdentity, AgentUser } from '../services/agents';
import type { Application } from '../services/application-json';
import type { IssuerConnection } from '../services/connections';
import type { Principal } from '../services/principals';

/** One thing that has to be there in the end. */
export interface Step {
  /** What is there afterwards, for the plan: 'consent of … for vso.pats and vso.pats_manage'. */
  title: string;
  /** Whether it is there already, so that nothing is done. */
  there: boolean;
  /** Something is there, and is completed or corrected. */
  changes?: boolean;
  /** @param report shows what is being waited for, or what was found out. */
  run(report: (line: string) => void): Promise<void>;
}

/** What the steps of one run have in hand, each for those after it. */
export class Progress {
  app: Application | undefined;
  principal: Principal | undefined;
  /** Identity of the user in the organization. */
  memberId: string | undefined;
  refreshToken: Secret | undefined;
  connection: IssuerConnection | undefined;
  agentIdentity: AgentIdentity | undefined;
  agentUser: AgentUser | undefined;

  constructor({ entra, member, connection }: Partial<Pick<Found, 'entra' | 'member' | 'connection'>>) {
    this.app = entra?.app;
    this.principal = entra?.principal;
    this.memberId = member?.id;
    this.connection = connection?.connection;
  }
}

/** What an earlier step has made. */
export function made<T>(thing: T | undefined, what: string): T {
  if (thing === undefined)
    throw new SetupError(`${what} is not there, though a step before made it.`, 'Run the command again.');
  return thing;
}
