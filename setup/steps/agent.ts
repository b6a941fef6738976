import { patScopes } from '../../src/sign-in/token-endpoint';
import { SetupError } from '../failure';
import type { FoundForAgent } from '../plan/found';
import { notShown } from '../plan/look-agent';
import type { Tools } from '../tools';
import { untilKnown } from './app';
import { memberSteps } from './member';
import { made, type Progress, type Step } from './step';

/** The chain from the blueprint to the agent user: all that is made in Entra before the organization knows the user. */
export function agentSteps(tools: Tools, found: FoundForAgent, progress: Progress): Step[] {
  const { agents, options } = tools;
  const { agent, administrator } = found;
  progress.app = agent.blueprint;
  progress.agentIdentity = agent.identity;
  progress.agentUser = agent.user;
  return [
    {
      title: `blueprint "${options.app}" of agent identities, single tenant, with you as its sponsor`,
      there: agent.blueprint !== undefined,
      async run() {
        progress.app = await agents.createBlueprint(options.app, administrator.id);
      },
    },
    {
      title: `service principal of the blueprint "${options.app}"`,
      there: agent.principal !== undefined,
      async run(report) {
        const { clientId } = made(progress.app, 'The blueprint');
        await untilKnown(tools, report, () => agents.createPrincipal(clientId));
      },
    },
    {
      title: `agent identity "${options.app}"`,
      there: agent.identity !== undefined,
      async run(report) {
        const { clientId } = made(progress.app, 'The blueprint');
        const make = () => agents.createIdentity(options.app, clientId, administrator.id);
        progress.agentIdentity = await untilKnown(tools, report, make);
      },
    },
    {
      title: `agent user ${options.user}, who has no sign-in of its own`,
      there: agent.user !== undefined,
      async run(report) {
        const { id } = made(progress.agentIdentity, 'The agent identity');
        const make = () => agents.createUser(options.user, options.app, id);
        progress.agentUser = await untilKnown(tools, report, make);
      },
    },
  ];
}

/** The agent user in the organization. Its refusal there is an answer to what has not been shown. */
export function agentMemberSteps(tools: Tools, found: FoundForAgent, progress: Progress): Step[] {
  return memberSteps(tools, found, progress).map((step) => ({
    ...step,
    async run(report) {
      try {
        await step.run(report);
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        throw new SetupError(
          `${error.what} ${notShown}, and this may be its refusal.`,
          `${error.remedy} If it stays refused, take away what was made with "remove --user ${tools.options.user}", and set the issuer up without --agent-user.`,
          { who: error.who, cause: error },
        );
      }
    },
  }));
}

export function agentConsentStep(tools: Tools, { agent, user }: FoundForAgent, progress: Progress): Step {
  const { principals } = tools;
  const { consent } = agent;
  const scope = patScopes.join(' ');
  const isExact =
    consent !== undefined &&
    consent.scopes.length === patScopes.length &&
    patScopes.every((name) => consent.scopes.includes(name));
  return {
    title: `consent to ${patScopes.join(' and ')} for ${user.upn} alone`,
    there: isExact,
    changes: consent !== undefined,
    async run(report) {
      if (consent) return principals.changeConsent(consent.id, scope);
      const { id } = made(progress.agentIdentity, 'The agent identity');
      const { id: userId } = made(progress.agentUser, 'The agent user');
      const grant = { resourceId: agent.resourceId, scope };
      await untilKnown(tools, report, async () => (await principals.consent(id, userId, grant)) || undefined);
    },
  };
}
