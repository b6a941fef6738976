/** The scopes that exist. `app_token`, which is no delegated permission, stands for all of them. */
export const knownScopes = new Set(
  `user_impersonation vso.advsec vso.advsec_manage vso.advsec_write vso.agentpools vso.agentpools_manage
  vso.analytics vso.auditlog vso.auditstreams_manage vso.build vso.build_execute vso.code vso.code_full
  vso.code_manage vso.code_status vso.code_write vso.connected_server vso.dashboards vso.dashboards_manage
  vso.entitlements vso.environment_manage vso.extension vso.extension.data vso.extension.data_write
  vso.extension_manage vso.gallery vso.gallery_acquire vso.gallery_manage vso.gallery_publish vso.governance
  vso.graph vso.graph_manage vso.hooks vso.hooks_interact vso.hooks_write vso.identity vso.identity_manage vso.loadtest
  vso.loadtest_write vso.machinegroup_manage vso.memberentitlementmanagement vso.memberentitlementmanagement_write
  vso.notification vso.notification_diagnostics vso.notification_manage vso.notification_write vso.packaging
  vso.packaging_manage vso.packaging_write vso.pats vso.pats_manage vso.pipelineresources_manage
  vso.pipelineresources_use vso.profile vso.profile_write vso.project vso.project_manage vso.project_write vso.release
  vso.release_execute vso.release_manage vso.securefiles_manage vso.securefiles_read vso.securefiles_write
  vso.security_manage vso.serviceendpoint vso.serviceendpoint_manage vso.serviceendpoint_query vso.settings
  vso.settings_write vso.symbols vso.symbols_manage vso.symbols_write vso.taskgroups_manage vso.taskgroups_read
  vso.taskgroups_write vso.test vso.test_write vso.threads_full vso.tokenadministration vso.tokens vso.variablegroups_manage
  vso.variablegroups_read vso.variablegroups_write vso.wiki vso.wiki_write vso.work vso.work_full vso.work_write`.split(
    /\s+/,
  ),
);

/** Scopes that let their holder manage pools and agents. */
const manage = ['vso.agentpools_manage', 'vso.machinegroup_manage', 'vso.environment_manage'];
/** Scopes of a caller who may do all that the identity may. */
const full = ['app_token', 'user_impersonation'];

/** Whether these scopes let their holder look at pools, or manage them. */
export function allowPools(scopes: readonly string[], access: 'read' | 'manage'): boolean {
  const sufficient = access === 'read' ? ['vso.agentpools', ...manage, ...full] : [...manage, ...full];
  return scopes.some((scope) => sufficient.includes(scope));
}

/** Whether these scopes let their holder look at deployment groups, and manage their targets. */
export function allowDeploymentGroups(scopes: readonly string[]): boolean {
  return scopes.some((scope) => ['vso.machinegroup_manage', ...full].includes(scope));
}

/** Whether these scopes let their holder look at environments, add machines to them, or manage those that are there. */
export function allowEnvironments(scopes: readonly string[], access: 'read' | 'add' | 'manage'): boolean {
  const also = { read: ['vso.build', 'vso.build_execute'], add: ['vso.build_execute'], manage: [] }[access];
  return scopes.some((scope) => ['vso.environment_manage', ...also, ...full].includes(scope));
}

/** Creating, listing and revoking PATs has been seen to need both scopes, whichever of the three is asked for. */
export function allowPats(scopes: readonly string[]): boolean {
  return scopes.includes('user_impersonation') || ['vso.pats', 'vso.pats_manage'].every((s) => scopes.includes(s));
}
