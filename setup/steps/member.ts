import { quoted } from '../../src/errors';
import { SetupError } from '../failure';
import { poll } from '../interruption';
import type { Found, FoundInOrganization } from '../plan/found';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';

/** Milliseconds until a role that was given shows. */
const showing = { patience: 60_000, pause: 2_000 };

/** The user in the organization: the access level, and the role on the pools that are named and on no other. */
export function memberSteps(
  tools: Tools,
  found: FoundInOrganization & { user: Pick<Found['user'], 'upn'> },
  progress: Progress,
): Step[] {
  const { members } = tools;
  const { upn } = found.user;
  const member: Step = {
    title: `${upn} in the organization, with the access level Basic`,
    there: found.member !== undefined,
    async run() {
      progress.memberId = (await members.add(upn)).id;
    },
  };
  const roles = found.pools.map(
    (pool): Step => ({
      title: `Administrator of the agent pool ${quoted(pool.name)}: ${upn}`,
      there: found.administeredPools.includes(pool.id),
      async run(report) {
        const memberId = made(progress.memberId, 'The member of the organization');
        await members.makePoolAdministrator(pool.id, memberId);
        await untilShown(tools, pool.id, { memberId, report });
      },
    }),
  );
  return [member, ...roles];
}

async function untilShown(
  tools: Tools,
  poolId: number,
  { memberId, report }: { memberId: string; report: (line: string) => void },
): Promise<void> {
  const onWait = () => report('Waiting until the role shows');
  const shown = await poll(tools, { ...showing, onWait }, async () => {
    const roles = await tools.members.poolRoles(poolId);
    return roles.find(({ identityId, role }) => identityId === memberId && role === 'Administrator');
  });
  if (shown) return;
  throw new SetupError(
    'The role on the agent pool does not show a minute after it was given.',
    'Run the command again.',
  );
}
