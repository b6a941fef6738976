import { type CommandName, defaultConnection, defaultPort } from './options';
import { programName } from './program';

const shared = `
  --organization URL   https://dev.azure.com/{organization}
  --project NAME       the project of the service connection
  --connection NAME    its name (default: ${defaultConnection})`;

const changing = `
  --dry-run            shows the plan and changes nothing
  --yes                changes without asking`;

const usages: Record<CommandName, string> = {
  create: `create: sets up an issuer, or completes one, as the administrator signed in to Azure CLI or Azure PowerShell.
${shared}
  --pool NAME          an agent pool that tokens are for; may be given again
  --user NAME@DOMAIN   the user who owns the tokens: one of its own, a member of the tenant

  --app NAME           the app registration (default: agent-pool-token {organization})
  --pipeline NAME      a pipeline that may use the connection; may be given again
  --approver NAME      who has to approve each run that uses it; may be given again
  --branch REF         a branch that may use it (default: refs/heads/main); may be given again
  --max-lifetime-minutes N   longest lifetime that a pipeline may ask for, 5 to 1440
  --allowed-scopes LIST      agentPool (default), deploymentGroup, environment, separated by commas
  --writer NAME        the service principal that renews the connection
  --client-secret      stores a client secret in place of federation
  --agent-user         experimental: makes --user an agent user, for whom nothing is stored. It has not been shown
                       that Azure DevOps takes such a user
  --port N             of the listener for the sign-in on this machine (default: ${defaultPort})${changing}`,
  check: `check: looks at an issuer and changes nothing. Exit code 1 where it finds something.
${shared}
  --pool NAME          the pools that the user should administer; others are findings; may be given again
  --user NAME@DOMAIN   the user who owns the tokens (default: the one that is assigned to the app); required with --live
  --json               findings as JSON
  --live               signs the user in, tries what no document says, and writes issuer-report.json; asks first
  --yes                tries that without asking
  --port N             of the listener for that sign-in (default: ${defaultPort})`,
  renew: `renew: signs the user in again and stores a new refresh token in the connection.
${shared}
  --user NAME@DOMAIN   the user who owns the tokens
  --pool NAME          an agent pool that the new sign-in is tried on; may be given again
  --port N             of the listener for the sign-in (default: ${defaultPort})${changing}`,
  remove: `remove: takes an issuer away, in an order that leaves nothing behind that can mint.
${shared}
  --user NAME@DOMAIN   the user who owns the tokens (default: the one that is assigned to the app). With it, a removal
                       that was interrupted goes on
  --app NAME           the app registration, where the connection is gone (default: agent-pool-token {organization})
  --pool NAME          the pools whose role the user loses; may be given again
  --emergency          its secrets are in other hands: disables the user and ends every token first${changing}`,
};

/** How the command is started. */
export function firstLine(): string {
  return `${programName()} create|check|renew|remove [options]`;
}

export function usageOf(command: CommandName | 'all'): string {
  if (command !== 'all') return `${programName()} ${usages[command]}`;
  const all = Object.values(usages).map((usage) => `  ${usage.split('\n')[0]}`);
  return `${firstLine()}\n\nThe issuer of one organization: the service connection that tokens are minted with. Each command has --help.\n\n${all.join('\n')}`;
}
