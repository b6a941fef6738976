import type { FoundInOrganization } from '../plan/found';
import { notShown } from '../plan/look-agent';
import { programName } from '../program';
import { made, type Progress } from '../steps/step';
import type { Tools } from '../tools';

/** What was made, what only a run can show, and what to do next, as lines for a person to copy from. */
export function nextSteps({ options }: Tools, found: FoundInOrganization, progress: Progress): string[] {
  const { name, id } = made(progress.connection, 'The service connection');
  // The next run needs the same options: without them it would look for another issuer, or refuse this one.
  const again = `${programName()} create ${options.given.map(shellWord).join(' ')}`;
  return [
    '',
    `The issuer "${name}" (${id}) is set up.`,
    'Not to be checked from here: whether a job gets its identity token for the connection, and what the policies of the tenant say to sign-ins from your agents. The first run shows both.',
    ...(options.agentUser ? [`${notShown}. The first run shows that, or check --live.`] : []),
    '',
    'The YAML of a first run:',
    '',
    'trigger: none',
    'pool:',
    '  vmImage: ubuntu-latest',
    'steps:',
    '  - checkout: none',
    '  - task: AgentPoolToken@1',
    '    inputs:',
    `      issuer: ${yamlText(name)}`,
    `      pool: ${yamlText(options.pools[0] ?? '')}`,
    '      lifetimeMinutes: 10',
    '',
    options.agentUser
      ? 'The YAML of a pipeline that revokes every night what lost jobs left:'
      : 'The YAML of a pipeline that revokes every night what lost jobs left, and renews the issuer once a week:',
    '',
    'trigger: none',
    'schedules:',
    "  - cron: '0 3 * * *'",
    '    displayName: Every night',
    '    branches:',
    `      include: [${options.branches.map((branch) => yamlText(branch.replace(/^refs\/heads\//, ''))).join(', ')}]`,
    '    always: true',
    'pool:',
    '  vmImage: ubuntu-latest',
    'steps:',
    '  - checkout: none',
    '  - task: RevokeAgentPoolTokens@1',
    '    inputs:',
    `      issuer: ${yamlText(name)}`,
    ...(options.agentUser ? [] : renewalLines(name, found.writer !== undefined)),
    '',
    ...(found.writer || options.agentUser ? [] : writerLines(again)),
    ...(options.pipelines.length === 0
      ? ['No pipeline may use the connection yet.']
      : [`May use it: ${found.pipelines.map((pipeline) => pipeline.name).join(', ')}.`]),
    'Once another pipeline exists, permit it with:',
    '',
    `  ${again} --pipeline NAME-OF-THE-PIPELINE`,
  ];
}

/** The step that renews, as a comment as long as no identity may write the connection: it would fail every week. */
function renewalLines(issuer: string, hasWriter: boolean): string[] {
  const step = [
    '- task: RenewAgentPoolTokenIssuer@1',
    '  inputs:',
    `    issuer: ${yamlText(issuer)}`,
    '    writer: azureDevOps',
    '    azureDevOpsServiceConnection: NAME-OF-THE-CONNECTION-OF-THE-WRITER',
    '    olderThanDays: 7',
  ];
  return step.map((line) => (hasWriter ? `  ${line}` : `  # ${line}`));
}

/** What makes the commented step work. */
function writerLines(again: string): string[] {
  return [
    'The step that renews is a comment, because no identity may write the connection yet. Make a service principal and an Azure DevOps service connection for it, give it the right to write this one connection, and remove the # signs:',
    '',
    `  ${again} --writer NAME-OF-THE-SERVICE-PRINCIPAL`,
    '',
  ];
}

/** A YAML scalar; JSON's texts are YAML's. */
function yamlText(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9]$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
