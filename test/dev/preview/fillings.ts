/** A form that a user has filled in. */
export interface Filling {
  task: string;
  /** In the order in which it is done: what is typed into a field, or the text of the option that is picked. */
  typed?: [field: string, text: string][];
  /** Lists that are picked from before anything is typed. */
  picked?: [field: string, option: string][];
  /** Lists that are picked from afterwards. */
  pickedLater?: [field: string, option: string][];
  ticked?: string[];
  yaml: string;
  /** What has to stand in the log of the step, beside that it succeeded. */
  logged: RegExp;
}

/** The first of the names that the list of issuers offers. */
export const issuer = 'my-agent-pool-token-issuer';

/** In an order in which their steps run one after another. */
export const fillings: Record<string, Filling> = {
  'an issuer, all fields set': {
    task: 'AgentPoolToken',
    typed: [
      ['issuer', issuer],
      ['pool', 'Build-Linux'],
      ['lifetimeMinutes', '15'],
      ['variable', 'REGISTRATION.TOKEN'],
      ['displayName', "Mint: the fleet's token # 1"],
    ],
    pickedLater: [['onRevokeFailure', 'Fail the job']],
    yaml: `- task: AgentPoolToken@1
  displayName: "Mint: the fleet's token # 1"
  inputs:
    issuer: ${issuer}
    pool: Build-Linux
    lifetimeMinutes: '15'
    variable: REGISTRATION.TOKEN
    onRevokeFailure: fail
`,
    logged: /secret variable REGISTRATION\.TOKEN/,
  },
  'fields of an earlier choice that the form hides': {
    task: 'AgentPoolToken',
    picked: [['connectionType', 'Access token of a user, in a secret variable: mints a personal access token']],
    typed: [
      ['accessToken', '$(USER_TOKEN)'],
      ['organizationUrl', 'https://dev.azure.com/elsewhere'],
    ],
    pickedLater: [['connectionType', 'Agent pool token issuer: mints a personal access token']],
    yaml: '# Still to be filled in: issuer\n- task: AgentPoolToken@1\n',
    logged: /^$/,
  },
  'a token that outlives its job': {
    task: 'AgentPoolToken',
    typed: [['issuer', issuer]],
    ticked: ['revokeAfterJob'],
    yaml: `- task: AgentPoolToken@1
  inputs:
    issuer: ${issuer}
    revokeAfterJob: false
`,
    logged: /Guarantee: /,
  },
  // With the token of the step before it.
  'agents on lines of their own': {
    task: 'WaitForAgents',
    typed: [
      ['pool', 'Default'],
      ['agents', 'build-1\nbuild-*\n'],
      ['capabilities', 'Agent.OS=Linux\n'],
      ['timeoutMinutes', '1'],
    ],
    yaml: `- task: WaitForAgents@1
  inputs:
    pool: Default
    agents: |
      build-1
      build-*
    capabilities: |
      Agent.OS=Linux
    timeoutMinutes: '1'
`,
    logged: /"build-1" is online/,
  },
  'an access token': {
    task: 'AgentPoolToken',
    picked: [
      ['connectionType', 'Access token of a user, in a secret variable: mints a personal access token'],
      ['scope', 'Environments'],
    ],
    typed: [['accessToken', '$(USER_TOKEN)']],
    yaml: `- task: AgentPoolToken@1
  inputs:
    connectionType: accessToken
    accessToken: $(USER_TOKEN)
    scope: environment
`,
    logged: /vso\.environment_manage/,
  },
  'an Azure DevOps connection': {
    task: 'AgentPoolToken',
    picked: [['connectionType', 'Azure DevOps service connection: hands over an Entra token']],
    typed: [
      ['azureDevOpsServiceConnection', 'my-workloadidentityuser'],
      ['pool', 'Default'],
    ],
    yaml: `- task: AgentPoolToken@1
  inputs:
    connectionType: azureDevOps
    azureDevOpsServiceConnection: my-workloadidentityuser
    pool: Default
`,
    logged: /Entra/,
  },
  'an Azure Resource Manager connection': {
    task: 'AgentPoolToken',
    picked: [['connectionType', 'Azure Resource Manager service connection: hands over an Entra token']],
    typed: [['azureSubscription', 'my-azure-rm']],
    yaml: `- task: AgentPoolToken@1
  inputs:
    connectionType: azureRM
    azureSubscription: my-azure-rm
`,
    logged: /Entra/,
  },
  'a dry run of the sweep': {
    task: 'RevokeAgentPoolTokens',
    typed: [
      ['issuer', issuer],
      ['olderThanMinutes', '30'],
    ],
    ticked: ['dryRun'],
    yaml: `- task: RevokeAgentPoolTokens@1
  inputs:
    issuer: ${issuer}
    olderThanMinutes: '30'
    dryRun: true
`,
    logged: /./,
  },
};
