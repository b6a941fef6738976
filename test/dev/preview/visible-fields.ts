/**
 * Which fields each form shows for which picks: the table of the public interface, written out. A list that is not
 * named in a row can be at any of its options.
 */
export const visibleFields: Record<string, { picks: Record<string, string[]>; fields: string[] }[]> = {
  AgentPoolToken: [
    {
      picks: { connectionType: ['issuer'], scope: ['agentPool'] },
      fields: [
        'connectionType',
        'issuer',
        'scope',
        'pool',
        'lifetimeMinutes',
        'variable',
        'revokeAfterJob',
        'onRevokeFailure',
      ],
    },
    {
      picks: { connectionType: ['issuer'], scope: ['deploymentGroup', 'environment'] },
      fields: ['connectionType', 'issuer', 'scope', 'lifetimeMinutes', 'variable', 'revokeAfterJob', 'onRevokeFailure'],
    },
    {
      picks: { connectionType: ['azureDevOps'] },
      fields: ['connectionType', 'azureDevOpsServiceConnection', 'organizationUrl', 'pool', 'variable'],
    },
    {
      picks: { connectionType: ['azureRM'] },
      fields: ['connectionType', 'azureSubscription', 'organizationUrl', 'pool', 'variable'],
    },
    {
      picks: { connectionType: ['accessToken'], scope: ['agentPool'] },
      fields: [
        'connectionType',
        'accessToken',
        'organizationUrl',
        'scope',
        'pool',
        'lifetimeMinutes',
        'variable',
        'revokeAfterJob',
        'onRevokeFailure',
      ],
    },
    {
      picks: { connectionType: ['accessToken'], scope: ['deploymentGroup', 'environment'] },
      fields: [
        'connectionType',
        'accessToken',
        'organizationUrl',
        'scope',
        'lifetimeMinutes',
        'variable',
        'revokeAfterJob',
        'onRevokeFailure',
      ],
    },
  ],
  RevokeAgentPoolTokens: [
    {
      picks: { connectionType: ['issuer'], revoke: ['leftovers'] },
      fields: ['connectionType', 'issuer', 'revoke', 'olderThanMinutes', 'dryRun'],
    },
    {
      picks: { connectionType: ['issuer'], revoke: ['tokenIds'] },
      fields: ['connectionType', 'issuer', 'revoke', 'tokenIds', 'dryRun'],
    },
    {
      picks: { connectionType: ['accessToken'], revoke: ['leftovers'] },
      fields: ['connectionType', 'accessToken', 'organizationUrl', 'revoke', 'olderThanMinutes', 'dryRun'],
    },
    {
      picks: { connectionType: ['accessToken'], revoke: ['tokenIds'] },
      fields: ['connectionType', 'accessToken', 'organizationUrl', 'revoke', 'tokenIds', 'dryRun'],
    },
  ],
  RenewAgentPoolTokenIssuer: [
    {
      picks: { writer: ['azureDevOps'] },
      fields: ['issuer', 'writer', 'azureDevOpsServiceConnection', 'olderThanDays'],
    },
    { picks: { writer: ['job'] }, fields: ['issuer', 'writer', 'olderThanDays'] },
  ],
  WaitForAgents: [
    ...(['pool', 'deploymentGroup', 'environment'] as const).flatMap((target) => {
      const place = target === 'pool' ? ['pool'] : ['project', target];
      const whom = ['organizationUrl', 'token', 'target', ...place, 'state', 'agents'];
      return [
        {
          picks: { target: [target], state: ['online'] },
          fields: [...whom, 'count', 'capabilities', 'since', 'timeoutMinutes'],
        },
        { picks: { target: [target], state: ['offline'] }, fields: [...whom, 'timeoutMinutes'] },
      ];
    }),
  ],
};

/** The fields of the dialog that creates a service connection, in its order. */
export const dialogFields = [
  'url',
  'tenantId',
  'clientId',
  'maxLifetimeMinutes',
  'allowedScopes',
  'authorityUrl',
  'clientAuthentication',
  'refreshTokenStoredOn',
  'agentIdentityId',
  'agentUserId',
  'refreshToken',
  'clientSecret',
];

interface List {
  name: string;
  options?: Record<string, string>;
}

/** Every combination of the options of some lists. */
export function everyPick(inputs: List[]): Record<string, string>[] {
  return inputs
    .filter(({ options }) => options !== undefined)
    .reduce<Record<string, string>[]>(
      (picks, { name, options = {} }) =>
        picks.flatMap((pick) => Object.keys(options).map((option) => ({ ...pick, [name]: option }))),
      [{}],
    );
}

/** The fields that the table gives for these picks, in alphabetical order. Fails where no row, or more than one, fits. */
export function expectedFields(task: string, picks: Record<string, string>): string[] {
  const rows = (visibleFields[task] ?? []).filter((row) =>
    Object.entries(row.picks).every(([list, options]) => options.includes(picks[list] ?? '')),
  );
  const [row, ...others] = rows;
  if (!row || others.length > 0) {
    throw new Error(`The table has ${rows.length} rows for ${task} with ${JSON.stringify(picks)}.`);
  }
  return [...row.fields].sort();
}
