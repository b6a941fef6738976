/**
 * What a minted token may do: the name that people use, the scope that the service knows, and the words of its user
 * interface. https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/oauth#scopes
 */
export const scopes = {
  agentPool: { vso: 'vso.agentpools_manage', title: 'Agent Pools (read, manage)' },
  deploymentGroup: { vso: 'vso.machinegroup_manage', title: 'Deployment Groups (read, manage)' },
  environment: { vso: 'vso.environment_manage', title: 'Environment (read, manage)' },
} as const;

export type ScopeName = keyof typeof scopes;

export const scopeNames = Object.keys(scopes) as ScopeName[];

export function isScopeName(text: string): text is ScopeName {
  return Object.hasOwn(scopes, text);
}
