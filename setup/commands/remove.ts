import { quoted } from '../../src/errors';
import { type Examined, examine } from '../doctor/examined';
import { SetupError } from '../failure';
import { type Administered, signInAdministrator } from '../plan/sign-in-administrator';
import type { User } from '../services/directory';
import type { Member } from '../services/members';
import type { Pool } from '../services/organization';
import { credentialName } from '../steps/federated-credential';
import { planLines, runSteps } from '../steps/run-steps';
import type { Step } from '../steps/step';
import type { Tools } from '../tools';
import { goesOn } from './create';
import type { World } from './world';

/** What of an issuer is taken away. Of one that was taken away before, the user can be left. */
interface Target extends Partial<Examined> {
  user?: User;
  member?: Member;
  /** Whether the app proves itself for other connections too. */
  shared: boolean;
  /** Pools of which the user is an administrator: those that are named, or all. */
  roles: Pool[];
}

/**
 * Takes an issuer away. In good order what mints goes first and what owns the tokens last; in an emergency the user
 * goes first, since a thief of the secrets does not need the connection. @returns the exit code.
 */
export async function remove(world: World): Promise<number> {
  const { options, terminal } = world;
  const { tools, administered } = await signInAdministrator(world);
  const target = await targetOf(tools, administered);
  const steps = options.emergency ? emergencySteps(tools, target) : orderlySteps(tools, target);
  terminal.say(
    `Taking "${options.connection}" of ${options.organization.name} away, as ${administered.administrator.name}:\n`,
  );
  for (const line of planLines(steps)) terminal.say(line);
  if (!target.user) terminal.say('  ? whose tokens these are is not clear: name the user with --user');
  if (!options.emergency)
    terminal.say('\nWait first until no job that uses it is running, so that their tokens are revoked.');
  terminal.say();
  if (options.dryRun) {
    terminal.say('Nothing was changed (--dry-run).');
    return 0;
  }
  if (!(await goesOn(tools))) return 1;
  await runSteps(steps, tools);
  for (const line of leftFor(target, options.emergency)) terminal.say(line);
  return 0;
}

async function targetOf(tools: Tools, administered: Administered): Promise<Target> {
  const { options, directory, applications } = tools;
  const examined = await examine(tools, administered).catch(async (error: unknown) => {
    const user = options.emergency && options.user !== '' ? await directory.user(options.user) : undefined;
    if (!user || !(error instanceof SetupError)) throw error;
    tools.terminal.say(error.what);
    return { user };
  });
  const { user } = examined;
  const { app, connection }: Partial<Examined> = examined;
  const credentials = app ? await applications.federatedCredentials(app.id) : [];
  const shared = credentials.some(({ name }) => connection && name !== credentialName(connection.id));
  const member = user && (await tools.members.find(user.upn));
  return { ...examined, shared, ...(member && { member }), roles: member ? await rolesOf(tools, member) : [] };
}

async function rolesOf({ organization, members, options }: Tools, member: Member): Promise<Pool[]> {
  const wanted = options.pools.map((name) => name.toLowerCase());
  const pools = (await organization.pools()).filter(({ takesAgents }) => takesAgents);
  const held: Pool[] = [];
  for (const pool of pools.filter(({ name }) => wanted.length === 0 || wanted.includes(name.toLowerCase()))) {
    const roles = await members.poolRoles(pool.id);
    if (roles.some(({ identityId }) => identityId === member.id)) held.push(pool);
  }
  return held;
}

function orderlySteps(tools: Tools, target: Target): Step[] {
  // The user and the app go on working for the other connections.
  if (target.shared) return [...connectionStep(tools, target), ...credentialStep(tools, target)];
  return [
    ...connectionStep(tools, target),
    ...appStep(tools, target),
    ...sessionStep(tools, target),
    ...tokenStep(tools, target),
    ...roleSteps(tools, target),
    ...memberStep(tools, target),
  ];
}

function emergencySteps(tools: Tools, target: Target): Step[] {
  const { user } = target;
  const disable: Step[] = user
    ? [{ title: `${user.upn} disabled in Entra`, there: !user.enabled, run: () => tools.directory.disable(user.id) }]
    : [];
  return [
    ...disable,
    ...sessionStep(tools, target),
    ...appStep(tools, target),
    ...roleSteps(tools, target),
    // Before the user leaves: the token administration knows members alone.
    ...tokenStep(tools, target),
    ...memberStep(tools, target),
    ...connectionStep(tools, target),
  ];
}

function connectionStep(tools: Tools, { connection, project }: Target): Step[] {
  if (!connection || !project) return [];
  return [
    {
      title: `service connection ${quoted(connection.name)} deleted`,
      there: false,
      run: () => tools.connectionsOf(project).remove(connection.id, connection.projects),
    },
  ];
}

function credentialStep({ applications }: Tools, { app, connection }: Target): Step[] {
  if (!app || !connection) return [];
  return [
    {
      title: `federated credential of this connection removed from the app ${quoted(app.name)}, which other connections use`,
      there: false,
      async run() {
        const credentials = await applications.federatedCredentials(app.id);
        const own = credentials.find(({ name }) => name === credentialName(connection.id));
        if (own) await applications.removeFederatedCredential(app.id, own.id);
      },
    },
  ];
}

function appStep(tools: Tools, { app }: Target): Step[] {
  if (!app) return [];
  return [
    {
      title: `app registration ${quoted(app.name)} deleted, with its secrets, federated credentials and consent`,
      there: false,
      run: () => tools.applications.remove(app.id),
    },
  ];
}

function sessionStep({ directory }: Tools, { user }: Target): Step[] {
  if (!user) return [];
  return [
    { title: `every session of ${user.upn} revoked`, there: false, run: () => directory.revokeSessions(user.id) },
  ];
}

function tokenStep({ members }: Tools, { user, member }: Target): Step[] {
  if (!user || !member) return [];
  return [
    {
      title: `every personal access token of ${user.upn} in the organization revoked`,
      there: false,
      async run(report) {
        report(
          `${await members.revokeTokens(member.descriptor)} revoked; it may take up to an hour until all are refused`,
        );
      },
    },
  ];
}

function roleSteps({ members }: Tools, { user, member, roles }: Target): Step[] {
  if (!user || !member) return [];
  return roles.map(({ id, name }) => ({
    title: `role of ${user.upn} on the agent pool ${quoted(name)} taken away`,
    there: false,
    run: () => members.takePoolRole(id, member.id),
  }));
}

function memberStep({ members }: Tools, { user, member }: Target): Step[] {
  if (!user || !member) return [];
  return [{ title: `${user.upn} removed from the organization`, there: false, run: () => members.remove(member.id) }];
}

function leftFor({ user, shared }: Target, emergency: boolean): string[] {
  const common = [
    '',
    'Left for you:',
    '- Remove agents from the pools that your people did not register: an agent has a key of its own.',
    ...(user && !shared ? [`- Disable or delete ${user.upn} in Entra, unless it has another purpose.`] : []),
  ];
  if (!emergency) return common;
  return [
    ...common,
    '- Run this again in an hour: an access token that was issued before lives for 60 to 90 minutes.',
    '- Look through the audit log and the sign-in log from the day on which the secrets may have left: docs/setup.md says for what.',
    '- Renew the secrets of the jobs that ran in these pools since.',
  ];
}
