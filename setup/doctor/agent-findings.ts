import { patScopes } from '../../src/sign-in/token-endpoint';
import { notShown } from '../plan/look-agent';
import type { AgentIdentity } from '../services/agents';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import type { Findings } from './finding';

/** The chain of an agent user: identity, user, and what the identity may do for the user. */
export async function examineAgent(tools: Tools, examined: Examined, findings: Findings): Promise<void> {
  const { connection, identity, app, user } = examined;
  if (connection.agentUserId === '') return;
  findings.when(!tools.options.live, {
    id: 'agent-user-not-shown',
    severity: 'note',
    about: 'user',
    what: `${notShown}.`,
    remedy: 'Run check --live, which tries it, or look at the first job.',
  });
  findings.when(connection.proof !== 'federation', {
    id: 'agent-user-without-federation',
    severity: 'error',
    about: 'connection',
    what: 'The connection names an agent user and is not federated: the tasks refuse it.',
    remedy: 'Run remove, then create --agent-user.',
  });
  findings.when(!identity || identity.blueprintId.toLowerCase() !== app?.clientId.toLowerCase(), {
    id: 'agent-identity-missing',
    severity: 'error',
    about: 'app',
    what: 'The agent identity that the connection names does not exist any more, or is not of its blueprint.',
    remedy: 'Run remove, then create --agent-user.',
  });
  findings.when(!user, {
    id: 'agent-user-missing',
    severity: 'error',
    about: 'user',
    what: 'The agent user that the connection names does not exist any more.',
    remedy: 'Run remove, then create --agent-user.',
  });
  if (identity && user) await examineConsent(tools, { identity, userId: user.id }, findings);
}

async function examineConsent(
  { principals, directory }: Tools,
  { identity, userId }: { identity: AgentIdentity; userId: string },
  findings: Findings,
): Promise<void> {
  const consents = await principals.consents(identity.id);
  const resource = await directory.azureDevOps();
  const own = consents.find((each) => each.userId === userId && each.resourceId === resource?.id);
  findings.when(!patScopes.every((scope) => own?.scopes.includes(scope)), {
    id: 'consent-missing',
    severity: 'error',
    about: 'app',
    what: `There is no consent to ${patScopes.join(' and ')} for the agent user.`,
    remedy: 'Run create --agent-user again, which gives it.',
  });
  const wide = consents.filter((each) => each !== own || each.scopes.some((scope) => !patScopes.includes(scope)));
  findings.when(wide.length > 0, {
    id: 'consent-too-wide',
    severity: 'warning',
    about: 'app',
    what: `Consent goes beyond ${patScopes.join(' and ')} for this one agent user.`,
    remedy: 'Remove what goes beyond it under Permissions of the agent identity.',
  });
}
