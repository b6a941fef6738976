import { listenerFault } from '../browser/listener';
import { type Examined, examine } from '../doctor/examined';
import { lookForPools } from '../plan/look-organization';
import { Missing, NotReady } from '../plan/missing';
import { signInAdministrator } from '../plan/sign-in-administrator';
import type { Application, FederatedCredential } from '../services/application-json';
import type { User } from '../services/directory';
import { redirectStep } from '../steps/app';
import { federatedCredentialStep } from '../steps/federated-credential';
import { rewriteStep } from '../steps/rewrite-connection';
import { signInStep } from '../steps/sign-in-user';
import { Progress } from '../steps/step';
import { withoutLeftSecrets } from '../steps/temporary-secret';
import type { Tools } from '../tools';
import type { World } from '../world';
import { confirmChanges } from './confirmation';
import { planLines, runSteps } from './run-steps';

/** Stores a new refresh token in a connection whose own has ended, or will. @returns the exit code. */
export async function renew(world: World): Promise<number> {
  const { options, terminal } = world;
  const { tools, administered } = await signInAdministrator(world);
  const examined = await examine(tools, administered);
  const { app, user, credentials } = await lookBefore(tools, examined);
  const progress = new Progress({});
  progress.app = app;
  const { connection, project, organizationId } = examined;
  const permissions = app.requires.flatMap((each) => each.permissions);
  const steps = [
    redirectStep(tools, app, permissions),
    signInStep(tools, { user }, progress),
    rewriteStep(tools, { connection, project }, progress),
  ];
  if (connection.proof !== 'secret') {
    // Planned as if the connection were in hand: it is, but the sign-in must not count as done for it.
    const known = Object.assign(new Progress({}), { app, connection });
    steps.push(federatedCredentialStep(tools, { organizationId, project, credentials }, known));
  }
  terminal.say(
    `Renewing "${connection.name}" of ${options.organization.name}, as ${administered.administrator.name}:\n`,
  );
  for (const line of planLines(steps)) terminal.say(line);
  terminal.say();
  if (options.dryRun) {
    terminal.say('Nothing was changed (--dry-run).');
    return 0;
  }
  if (!(await confirmChanges(tools))) return 1;
  await withoutLeftSecrets(tools, app);
  await runSteps(steps, tools);
  terminal.say(`\nThe connection "${connection.name}" holds a new refresh token, good for 90 days.`);
  return 0;
}

/** @throws NotReady with everything that is missing. */
async function lookBefore(
  tools: Tools,
  { app, principal, user, connection, assigned }: Examined,
): Promise<{ app: Application; user: User; credentials: FederatedCredential[] }> {
  const { options } = tools;
  const missing = new Missing();
  await lookForPools(tools, missing, false);
  if (!app || !principal) {
    missing.add('The app registration of the connection does not exist any more.', 'Run remove, then create.', 'you');
  }
  if (!user) missing.add(`There is no user "${options.user}" in the tenant.`, 'Correct --user.', 'you');
  if (user && !assigned.some(({ id }) => id === user.id)) {
    missing.add(`${user.upn} is not assigned to the app of the connection.`, 'Correct --user, or run create.', 'you');
  }
  if ((await missing.attempt(() => tools.organization.mayAdministerConnection(connection.id))) === false) {
    missing.add(
      'You may not change what the connection holds.',
      'Get the Administrator role on it at the level of the organization.',
      'a Project Collection Administrator',
    );
  }
  const fault = await listenerFault(options.port);
  if (fault)
    missing.add(
      `Nothing can listen on port ${options.port} of this machine (${fault}).`,
      'Choose another with --port.',
      'you',
    );
  const credentials = app ? await missing.attempt(() => tools.applications.federatedCredentials(app.id)) : undefined;
  if (!missing.none || !app || !user || !credentials) throw new NotReady(missing.found);
  return { app, user, credentials };
}
