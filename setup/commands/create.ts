import { Interrupted } from '../failure';
import type { FoundInOrganization } from '../plan/found';
import { look } from '../plan/look';
import { actOnAgents, agentPermissions, lookForAgentIssuer, notShown } from '../plan/look-agent';
import { type Administered, signInAdministrator } from '../plan/sign-in-administrator';
import type { Application } from '../services/application-json';
import { agentConsentStep, agentMemberSteps, agentSteps } from '../steps/agent';
import { appSteps } from '../steps/app';
import { connectionStep } from '../steps/connection';
import { federatedCredentialStep } from '../steps/federated-credential';
import { memberSteps } from '../steps/member';
import { checkSteps, pipelineStep, writerStep } from '../steps/protect';
import { signInStep } from '../steps/sign-in-user';
import { Progress, type Step } from '../steps/step';
import { withoutLeftSecrets } from '../steps/temporary-secret';
import type { Tools } from '../tools';
import type { World } from '../world';
import { confirmAllowed, confirmChanges } from './confirmation';
import { nextSteps } from './next-steps';
import { planLines, runSteps } from './run-steps';

/** Sets an issuer up, or completes one. @returns the exit code. */
export async function create(world: World): Promise<number> {
  const { options, terminal, interruption } = world;
  const { tools, administered } = await signInAdministrator(world);
  if (options.agentUser) actOnAgents(tools, agentPermissions.create);
  const { found, progress, steps, app } = await (options.agentUser ? planAgent : planUser)(tools, administered);
  const { name, url } = options.organization;
  terminal.say(
    `Issuer for ${name} (${url}), as ${administered.administrator.name}. + is made, ~ is changed, = is there:\n`,
  );
  for (const line of planLines(steps)) terminal.say(line);
  if (options.agentUser) terminal.say(`  ! ${notShown}: the first run finds out, or check --live.`);
  for (const what of found.unchecked) terminal.say(`  ? not to be checked from here: ${what}`);
  terminal.say();
  if (options.dryRun) {
    terminal.say('Nothing was changed (--dry-run).');
    return 0;
  }
  if (!(await (found.restricted ? confirmAllowed : confirmChanges)(tools))) return 1;
  await withoutLeftSecrets(tools, app);
  await runSteps(steps, tools);
  if (interruption.signal.aborted) throw new Interrupted();
  for (const line of nextSteps(tools, found, progress)) terminal.say(line);
  return 0;
}

/** What was found, and what is to be done about it. */
interface Plan {
  found: FoundInOrganization & { restricted: boolean };
  progress: Progress;
  steps: Step[];
  /** The app, or the blueprint, that is there. */
  app: Application | undefined;
}

/** In this order an interruption leaves a connection that no pipeline may use yet, never one without its checks. */
async function planUser(tools: Tools, administered: Administered): Promise<Plan> {
  const found = await look(tools, administered);
  const { app, federatedCredentials } = found.entra;
  const progress = new Progress(found);
  const steps = [
    ...appSteps(tools, found, progress),
    ...memberSteps(tools, found, progress),
    signInStep(tools, found, progress),
    connectionStep(tools, found, progress),
    ...checkSteps(tools, found, progress),
    federatedCredentialStep(tools, { ...found, credentials: federatedCredentials }, progress),
    ...writerStep(tools, found, progress),
    ...pipelineStep(tools, found, progress),
  ];
  return { found, progress, steps, app };
}

/** The same order. An agent user does not sign in during the set-up, so that the first job is the proof. */
async function planAgent(tools: Tools, administered: Administered): Promise<Plan> {
  const found = await lookForAgentIssuer(tools, administered);
  const { blueprint, federatedCredentials } = found.agent;
  const progress = new Progress(found);
  const steps = [
    ...agentSteps(tools, found, progress),
    ...agentMemberSteps(tools, found, progress),
    agentConsentStep(tools, found, progress),
    connectionStep(tools, found, progress),
    ...checkSteps(tools, found, progress),
    federatedCredentialStep(tools, { ...found, credentials: federatedCredentials }, progress),
    ...pipelineStep(tools, found, progress),
  ];
  return { found, progress, steps, app: blueprint };
}
