import { maxAgeDays, warnFromDay } from '../../src/sign-in/issuer-notes';
import { day, timeOf } from '../../src/time';
import { sameName } from '../options';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import type { Findings } from './finding';

const about = 'connection' as const;

/** The connection: whether it works, who may use it, and how old its refresh token is. */
export async function examineConnection(tools: Tools, examined: Examined, findings: Findings): Promise<void> {
  const { connection, project } = examined;
  findings.when(connection.disabled, {
    id: 'connection-disabled',
    severity: 'error',
    about,
    what: 'The connection is disabled. Azure DevOps disables one that was not used for 100 days.',
    remedy: 'Enable it on its page, and let a scheduled run use it.',
  });
  findings.when(!connection.ready, {
    id: 'connection-not-ready',
    severity: 'error',
    about,
    what: 'The connection is not ready.',
    remedy: 'Open its page: it says why.',
  });
  const { organization } = tools.options;
  findings.when(!sameName((connection.raw.url ?? '').replace(/\/+$/, ''), organization.url), {
    id: 'connection-of-another-organization',
    severity: 'error',
    about,
    what: `The connection mints for another organization than ${organization.url}.`,
    remedy: 'Correct its URL, or check the issuer of that organization.',
  });
  examineAge(tools, examined, findings);
  const protection = tools.protectionOf(project);
  const permissions = await protection.permissions(connection.id);
  findings.when(permissions.all, {
    id: 'open-to-all-pipelines',
    severity: 'error',
    about,
    what: 'Every pipeline of the project may use the connection.',
    remedy: 'Restrict it under Security > Pipeline permissions, and name the pipelines one by one.',
  });
  const checks = await protection.checks(connection.id);
  findings.when(checks.branches === undefined, {
    id: 'no-branch-control',
    severity: 'warning',
    about,
    what: 'No branch control stands before the connection: a changed YAML on any branch reaches it.',
    remedy: 'Add Branch control under Approvals and checks, or run create again.',
  });
  findings.when(checks.branches?.some((branch) => branch === '*' || branch === '') ?? false, {
    id: 'branch-control-for-all-branches',
    severity: 'warning',
    about,
    what: 'Branch control lets every branch through.',
    remedy: 'Name the branches whose YAML is reviewed.',
  });
  findings.when(checks.approverIds.length > 0, {
    id: 'renewal-waits-for-approval',
    severity: 'note',
    about,
    what: 'An approval stands before the connection, so that the nightly sweep and the weekly renewal wait for a person too.',
    remedy: 'Approve them in time, or give them a connection of their own.',
  });
  findings.when(connection.projects.length > 1, {
    id: 'connection-shared',
    severity: 'warning',
    about,
    what: `The connection is shared with ${connection.projects.length - 1} more projects, whose checks are their own.`,
    remedy: 'Stop sharing it where it is not needed.',
  });
}

function examineAge({ runtime }: Tools, { connection }: Examined, findings: Findings): void {
  if (connection.agentUserId !== '') return;
  findings.when(!connection.confidential.some((name) => sameName(name, 'refreshToken')), {
    id: 'refresh-token-missing',
    severity: 'error',
    about,
    what: 'The connection holds no refresh token.',
    remedy: 'Run renew.',
  });
  const stored = timeOf(connection.storedOn) ?? Number.NaN;
  findings.when(Number.isNaN(stored), {
    id: 'refresh-token-age-unknown',
    severity: 'warning',
    about,
    what: `The connection does not say when its refresh token was stored; it lives for ${maxAgeDays} days.`,
    remedy: 'Run renew, which writes that down.',
  });
  if (Number.isNaN(stored)) return;
  const age = Math.floor((runtime.now() - stored) / day);
  findings.when(age >= maxAgeDays, {
    id: 'refresh-token-expired',
    severity: 'error',
    about,
    what: `The refresh token was stored ${age} days ago and lives for ${maxAgeDays}.`,
    remedy: 'Run renew.',
  });
  findings.when(age >= warnFromDay && age < maxAgeDays, {
    id: 'refresh-token-old',
    severity: 'warning',
    about,
    what: `The refresh token was stored ${age} days ago and ends in ${maxAgeDays - age} days. A weekly renewal should have replaced it.`,
    remedy: 'Look at the runs of the renewing pipeline, or run renew.',
  });
}
