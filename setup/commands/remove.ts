import { quoted } from '../../src/errors';
import { type Examined, examine } from '../doctor/examined';
import { type Administered, signInAdministrator } from '../plan/sign-in-administrator';
import type { Member } from '../services/members';
import type { Pool } from '../services/organization';
import { credentialName } from '../steps/federated-credential';
import type { Tools } from '../tools';
import type { World } from '../world';
import { confirmChanges } from './confirmation';
import { connectionsOf, leftWithoutConnection } from './leftovers';
import { emergencySteps, orderlySteps, type Target } from './removal-steps';
import { planLines, runSteps } from './run-steps';

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
  for (const line of staysFor(target)) terminal.say(line);
  if (!target.user) terminal.say('  ? whose tokens these are is not clear: name the user with --user');
  if (!options.emergency)
    terminal.say('\nWait first until no job that uses it is running, so that their tokens are revoked.');
  terminal.say();
  if (options.dryRun) {
    terminal.say('Nothing was changed (--dry-run).');
    return 0;
  }
  if (!(await confirmChanges(tools))) return 1;
  await runSteps(steps, tools);
  for (const line of leftFor(target, options.emergency)) terminal.say(line);
  return 0;
}

async function targetOf(tools: Tools, administered: Administered): Promise<Target> {
  const examined: Partial<Examined> = await examine(tools, administered).catch((error: unknown) =>
    leftWithoutConnection(tools, error),
  );
  const { user, identity, app, connection } = examined;
  const credentials = app ? await tools.applications.federatedCredentials(app.id) : [];
  const shared = credentials.some(({ name }) => connection && name !== credentialName(connection.id));
  const isAgent = identity !== undefined || (connection?.agentUserId ?? '') !== '';
  const member = user && (await tools.members.find(user.upn));
  const roles = member ? await rolesOf(tools, member) : [];
  const all = user && connection && !isAgent && !tools.options.emergency ? await connectionsOf(tools, user) : [];
  const others = all.filter(({ id }) => id !== connection?.id);
  return { ...examined, shared, others, isAgent, ...(member && { member }), roles };
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

/** Why the user keeps sessions, tokens and roles. */
function staysFor({ user, others }: Target): string[] {
  if (!user || others.length === 0) return [];
  const names = others.map(({ name }) => quoted(name)).join(', ');
  return [`  = sessions, tokens, roles and membership of ${user.upn}, whom ${names} needs`];
}

function leftFor({ user, shared, others, isAgent }: Target, emergency: boolean): string[] {
  const common = [
    '',
    'Left for you:',
    '- Remove agents from the pools that your people did not register: an agent has a key of its own.',
    ...(user && !shared && others.length === 0 && !isAgent
      ? [`- Disable or delete ${user.upn} in Entra, unless it has another purpose.`]
      : []),
  ];
  if (!emergency) return common;
  return [
    ...common,
    '- Run this again in an hour: an access token that was issued before lives for 60 to 90 minutes.',
    '- Look through the audit log and the sign-in log from the day on which the secrets may have left: docs/setup.md says for what.',
    '- Renew the secrets of the jobs that ran in these pools since.',
  ];
}
