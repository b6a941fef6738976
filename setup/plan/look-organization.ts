import { quoted } from '../../src/errors';
import { sameName } from '../options';
import { connectionType } from '../services/connections';
import type { Identity, Member } from '../services/members';
import type { Named, Pool } from '../services/organization';
import type { Tools } from '../tools';
import { closestNames } from './closest-names';
import type { Missing } from './missing';

/** Whether the extension is installed, and offers a federated connection. */
export async function lookForExtension({ organization, options }: Tools, missing: Missing): Promise<boolean> {
  const failures = missing.found.length;
  const proofs = await missing.attempt(() => organization.connectionProofs(connectionType));
  if (missing.found.length > failures) return false;
  if (proofs === undefined) {
    missing.add(
      `The extension Agent Pool Token is not installed in the organization "${options.organization.name}".`,
      'Install it from the Marketplace, or ask for it there.',
      'a Project Collection Administrator',
    );
    return false;
  }
  if (!options.clientSecret && !proofs.federation && !proofs.identityToken) {
    missing.add(
      'The installed version of the extension has no connection without a client secret.',
      'Update the extension, or store a client secret with --client-secret.',
      'a Project Collection Administrator',
    );
  }
  return proofs.federation;
}

export async function lookForProject({ organization, options }: Tools, missing: Missing): Promise<Named | undefined> {
  const projects = await missing.attempt(() => organization.projects());
  if (!projects) return undefined;
  const project = projects.find(({ name, id }) => sameName(name, options.project) || sameName(id, options.project));
  if (project) return project;
  const names = projects.map(({ name }) => name);
  missing.add(
    `There is no project ${quoted(options.project)} in the organization, or you may not see it.${closestNames(options.project, names)}`,
    'Correct --project, or ask to be added to the project.',
    'you',
  );
  return undefined;
}

/** The pools that are named, and whether the administrator may give roles on them. */
export async function lookForPools(tools: Tools, missing: Missing, mayManage: boolean): Promise<Pool[]> {
  const { organization, options } = tools;
  const all = await missing.attempt(() => organization.pools());
  if (!all) return [];
  const usable = all.filter(({ takesAgents }) => takesAgents);
  const pools = options.pools.flatMap((wanted) => {
    const pool = all.find(({ name }) => sameName(name, wanted));
    if (pool?.takesAgents) return [pool];
    const what = pool
      ? `The pool ${quoted(wanted)} takes no agents of your own: it is hosted, or belongs to deployment groups.`
      : `There is no agent pool ${quoted(wanted)} in the organization.${closestNames(
          wanted,
          usable.map(({ name }) => name),
        )}`;
    missing.add(what, 'Correct --pool, or create the pool under Organization settings > Agent pools.', 'you');
    return [];
  });
  if (!mayManage || pools.length === 0) return pools;
  const manageable = (await missing.attempt(() => organization.manageablePools())) ?? [];
  for (const { name } of pools.filter(({ id }) => !manageable.includes(id))) {
    missing.add(
      `You are no administrator of the agent pool ${quoted(name)}.`,
      'Get the Administrator role under Organization settings > Agent pools > (the pool) > Security.',
      'an administrator of the pool',
    );
  }
  return pools;
}

export async function lookForPipelines(tools: Tools, missing: Missing, project: Named): Promise<Named<number>[]> {
  const { organization, options } = tools;
  if (options.pipelines.length === 0) return [];
  const all = await missing.attempt(() => organization.pipelines(project.id));
  if (!all) return [];
  return options.pipelines.flatMap((wanted) => {
    const pipeline = all.find(({ name, id }) => sameName(name, wanted) || String(id) === wanted);
    if (pipeline) return [pipeline];
    missing.add(
      `There is no pipeline ${quoted(wanted)} in the project ${quoted(project.name)}.${closestNames(
        wanted,
        all.map(({ name }) => name),
      )}`,
      'Correct --pipeline, or leave it out and run this command again once the pipeline exists.',
      'you',
    );
    return [];
  });
}

/** @param option that names it, for the message. */
export async function lookForIdentity(
  { members }: Tools,
  missing: Missing,
  { option, name }: { option: 'approver' | 'writer'; name: string },
): Promise<Identity | undefined> {
  const alike = (await missing.attempt(() => members.identitiesLike(name))) ?? [];
  const exact = alike.filter(({ names }) => names.some((each) => sameName(each, name)));
  const [identity, another] = exact;
  if (identity && !another) return identity;
  const names = alike.map((each) => each.name);
  const what = another
    ? `${quoted(name)} is the name of ${exact.length} users or groups of the organization.`
    : `There is no user, group or service principal ${quoted(name)} in the organization.${closestNames(name, names)}`;
  missing.add(what, `Correct --${option}: a user's sign-in name is unique.`, 'you');
  return undefined;
}

/** The user's place in the organization, whether it can be made, and whether tokens may be. */
export async function lookForMember(tools: Tools, missing: Missing, unchecked: string[]): Promise<Member | undefined> {
  const { members, organization, options } = tools;
  const member = await missing.attempt(() => members.find(options.user));
  const who = 'a Project Collection Administrator';
  if (!member && (await missing.attempt(() => organization.mayManageUsers())) === false) {
    missing.add(
      `${quoted(options.user)} does not belong to the organization, and you may not add users to it.`,
      'Add the user under Organization settings > Users with the access level Basic and no project.',
      who,
    );
  }
  if (member && member.licence === 'stakeholder') {
    unchecked.push('whether a user with the access level Stakeholder can mint tokens: Microsoft asks for Basic');
  }
  return member;
}

/**
 * Whether the organization restricts who may mint tokens. Then the user has to be on an allow list, which cannot be read:
 * only a person can answer for that.
 */
export async function lookAtTokenPolicy(tools: Tools, missing: Missing, unchecked: string[]): Promise<boolean> {
  const { organization, options, terminal } = tools;
  const restricted = await missing.attempt(() => organization.restrictsTokens());
  if (restricted === undefined) unchecked.push('the policy "Restrict personal access token creation"');
  const canAsk = terminal.answers && !options.yes && !options.dryRun;
  if (restricted && !canAsk) {
    missing.add(
      `The policy "Restrict personal access token creation" of the organization is on, and whether ${quoted(options.user)} is on its allow list cannot be read.`,
      'Put the user, through a group, on its allow list under Organization settings > Policies, for tokens of any scope, and run this command in a terminal without --yes: it asks for that then.',
      'a Project Collection Administrator',
    );
  }
  return restricted === true;
}
