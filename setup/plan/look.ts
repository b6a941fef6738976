import { listenerFault } from '../browser/listener';
import type { Identity, Member } from '../services/members';
import type { Named, Pool } from '../services/organization';
import type { Tools } from '../tools';
import type { Found } from './found';
import { lookForConnection, refuseOtherConnection } from './look-connection';
import { lookForUser, lookInEntra } from './look-entra';
import {
  lookAtTokenPolicy,
  lookForExtension,
  lookForIdentity,
  lookForMember,
  lookForPipelines,
  lookForPools,
  lookForProject,
} from './look-organization';
import { Missing, NotReady } from './missing';
import type { Administered } from './sign-in-administrator';

/**
 * Looks at everything that the steps of `create` need, and changes nothing.
 * @throws NotReady with everything that is missing.
 */
export async function look(tools: Tools, administered: Administered): Promise<Found & { restricted: boolean }> {
  const missing = new Missing();
  const unchecked: string[] = [];
  const offersFederation = await lookForExtension(tools, missing);
  const project = await lookForProject(tools, missing);
  const user = await lookForUser(tools, missing);
  const member = await lookForMember(tools, missing, unchecked);
  const restricted = await lookAtTokenPolicy(tools, missing, unchecked);
  const pools = await lookForPools(tools, missing, true);
  const entra = await lookInEntra(tools, missing, user);
  const found = project && (await lookForConnection(tools, missing, project));
  if (found) refuseOtherConnection(tools, missing, { connection: found.connection, clientId: entra?.app?.clientId });
  if (!found) await lookAtSecrets(tools, missing, unchecked);
  const use = await lookAtUse(tools, missing, { project, member, pools });
  if (!missing.none || !project || !user || !entra) throw new NotReady(missing.found);
  return {
    ...administered,
    restricted,
    project,
    ...use,
    user,
    entra,
    ...(found && { connection: found }),
    offersFederation,
    unchecked,
  };
}

/** Who is to use the connection, and what the user may do in the organization already. */
export async function lookAtUse(
  tools: Tools,
  missing: Missing,
  { project, member, pools }: { project: Named | undefined; member: Member | undefined; pools: Pool[] },
): Promise<Pick<Found, 'pools' | 'member' | 'administeredPools' | 'pipelines' | 'approvers' | 'writer'>> {
  const { options, members } = tools;
  const pipelines = project ? await lookForPipelines(tools, missing, project) : [];
  const approvers: Identity[] = [];
  for (const name of options.approvers) {
    const approver = await lookForIdentity(tools, missing, { option: 'approver', name });
    if (approver) approvers.push(approver);
  }
  const writer =
    options.writer === undefined
      ? undefined
      : await lookForIdentity(tools, missing, { option: 'writer', name: options.writer });
  const administeredPools: number[] = [];
  for (const pool of member ? pools : []) {
    const roles = (await missing.attempt(() => members.poolRoles(pool.id))) ?? [];
    if (roles.some(({ identityId, role }) => identityId === member?.id && role === 'Administrator')) {
      administeredPools.push(pool.id);
    }
  }
  return { pools, ...(member && { member }), administeredPools, pipelines, approvers, ...(writer && { writer }) };
}

/** What the sign-in of the user needs: a client secret for some minutes, and a port for its answer. */
async function lookAtSecrets({ directory, options }: Tools, missing: Missing, unchecked: string[]): Promise<void> {
  if (options.agentUser) return;
  const forbidden = await missing.attempt(() => directory.forbidsSecrets());
  if (forbidden === undefined) unchecked.push('whether a policy of the tenant forbids client secrets of apps');
  if (forbidden) {
    missing.add(
      'A policy of the tenant forbids client secrets of apps. The first sign-in of the user needs one, which this command removes right after it.',
      'Ask for an exception of this policy for the app registration, until the command has ended.',
      'an Entra administrator',
    );
  }
  const fault = await listenerFault(options.port);
  if (fault)
    missing.add(
      `Nothing can listen on port ${options.port} of this machine (${fault}).`,
      'Choose another with --port.',
      'you',
    );
}
