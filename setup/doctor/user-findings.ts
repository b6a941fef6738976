import { readTokenName } from '../../src/azure-devops/tokens/token-name';
import { quoted } from '../../src/errors';
import { sameName } from '../options';
import type { User } from '../services/directory';
import type { Member } from '../services/members';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import type { Findings } from './finding';

const about = 'user' as const;

/** The user: whether they can sign in, and what they may do beyond the pools that are named. */
export async function examineUser(
  tools: Tools,
  { user, assigned, connection }: Examined,
  findings: Findings,
): Promise<void> {
  // Of an agent user the connection names one, and no one is assigned.
  findings.when(!user && connection.agentUserId === '', {
    id: assigned.length === 0 ? 'no-user-assigned' : 'user-unknown',
    severity: 'error',
    about,
    what:
      assigned.length === 0
        ? 'No user is assigned to the app.'
        : 'Whose tokens these are is not clear: the app has more than one user, or one that does not exist.',
    remedy: 'Name the user with --user, or run create again.',
  });
  if (!user) return;
  findings.when(!user.enabled, {
    id: 'user-disabled',
    severity: 'error',
    about,
    what: `${user.upn} is disabled.`,
    remedy: 'Enable the user, or take the issuer away with remove.',
  });
  findings.when(user.guest, {
    id: 'user-is-guest',
    severity: 'error',
    about,
    what: `${user.upn} is a guest of the tenant.`,
    remedy: 'Set the issuer up anew for a member.',
  });
  const member = await tools.members.find(user.upn);
  findings.when(!member, {
    id: 'user-not-member',
    severity: 'error',
    about,
    what: `${user.upn} does not belong to the organization.`,
    remedy: 'Run create again, which adds the user.',
  });
  if (!member) return;
  findings.when(member.licence === 'stakeholder', {
    id: 'access-level',
    severity: 'warning',
    about,
    what: `${user.upn} has the access level Stakeholder; Microsoft asks for Basic to mint tokens.`,
    remedy: 'Change it under Organization settings > Users.',
  });
  await examineRoles(tools, { user, member }, findings);
  await examineTokens(tools, { user, member }, findings);
  findings.unchecked.push('rights that the user has through groups');
}

async function examineRoles(
  { options, organization, members }: Tools,
  { user, member }: { user: User; member: Member },
  findings: Findings,
): Promise<void> {
  const pools = (await organization.pools()).filter(({ takesAgents }) => takesAgents);
  const administered: string[] = [];
  for (const pool of pools) {
    const roles = await members.poolRoles(pool.id).catch(() => undefined);
    if (roles === undefined) findings.unchecked.push(`the roles on the pool ${quoted(pool.name)}`);
    if (roles?.some(({ identityId, role }) => identityId === member.id && role === 'Administrator')) {
      administered.push(pool.name);
    }
  }
  const lacking = options.pools.filter((wanted) => !administered.some((name) => sameName(name, wanted)));
  findings.when(lacking.length > 0, {
    id: 'pool-role-missing',
    severity: 'error',
    about,
    what: `${user.upn} is no administrator of ${lacking.map(quoted).join(', ')}.`,
    remedy: 'Run create again, which gives the role.',
  });
  findings.when(administered.length === 0 && options.pools.length === 0, {
    id: 'no-pool-role',
    severity: 'error',
    about,
    what: `${user.upn} is administrator of no agent pool.`,
    remedy: 'Run create again, which gives the role.',
  });
  const more = administered.filter((name) => !options.pools.some((wanted) => sameName(wanted, name)));
  findings.when(options.pools.length > 0 && more.length > 0, {
    id: 'rights-beyond-pools',
    severity: 'warning',
    about,
    what: `${user.upn} is administrator of more pools: ${more.map(quoted).join(', ')}. Every token manages those too.`,
    remedy: 'Take those roles away, unless other issuers of this user need them.',
  });
  if (options.pools.length === 0)
    findings.unchecked.push('rights beyond the pools that are meant: name those with --pool');
}

async function examineTokens(
  { members }: Tools,
  { user, member }: { user: User; member: Member },
  findings: Findings,
): Promise<void> {
  const names = await members.tokenNames(member.descriptor);
  if (!names) {
    findings.unchecked.push('tokens of the user that this extension did not make');
    return;
  }
  const strange = names.filter((name) => readTokenName(name) === undefined).length;
  findings.when(strange > 0, {
    id: 'tokens-of-others',
    severity: 'warning',
    about,
    what: `${user.upn} has ${strange} active ${strange === 1 ? 'token' : 'tokens'} that this extension did not make.`,
    remedy: 'Find out who made them, and revoke them; if that is not clear, run remove --emergency.',
  });
}
