import { randomUUID } from 'node:crypto';
import { azureCli, graphCommandLine, graphScopes } from './directory/directory';
import type { Application, ServicePrincipal, User } from './directory/entities';
import { newRegistration } from './directory/registration';
import type { Pool, PoolRole, Project } from './model';
import { secret } from './secret';

export type Users = Record<'default' | 'colleague' | 'outsider', User> & Record<string, User>;

interface Known {
  users: Users;
  servicePrincipals: ServicePrincipal[];
}

/** The people of a tenant: the issuer, one who may administer nothing, and one whom the organization does not know. */
export function seedUsers({ tenantId, tenantDomain }: { tenantId: string; tenantDomain: string }): Users {
  const person = (displayName: string, alias: string, member: boolean): User => ({
    tid: tenantId,
    oid: randomUUID(),
    displayName,
    upn: `${alias}@${tenantDomain}`,
    member,
    password: secret(16),
  });
  return {
    default: person('Agent Pool Issuer', 'pool-issuer', true),
    colleague: person('Casey Colleague', 'casey', true),
    outsider: person('Olive Outsider', 'olive', false),
  };
}

/**
 * A confidential client of the issuer, a public one, one that acts for itself by secret, one by federation, and
 * Microsoft's own with which administrators sign in.
 */
export function seedApplications(): Application[] {
  return [
    { clientId: randomUUID(), clientSecret: secret(30), permissions: ['vso.pats', 'vso.pats_manage'] },
    { clientId: randomUUID(), permissions: ['vso.pats', 'vso.pats_manage'] },
    { clientId: randomUUID(), clientSecret: secret(30), permissions: [] },
    { clientId: randomUUID(), permissions: [], federatedCredentials: [] },
    ...commandLinePrograms(),
  ];
}

function commandLinePrograms(): Application[] {
  const program = (clientId: string, displayName: string): Application => {
    const registration = newRegistration(displayName, 0);
    registration.redirects.publicClient.push('http://localhost');
    return { clientId, firstParty: true, permissions: [], registration };
  };
  const everything = ['Directory.AccessAsUser.All'];
  const graphPermissions = graphScopes.filter((scope) => !everything.includes(scope));
  return [
    { ...program(azureCli, 'Azure CLI'), permissions: ['user_impersonation'], graphPermissions: everything },
    { ...program(graphCommandLine, 'Microsoft Graph Command Line Tools'), graphPermissions },
  ];
}

/** The service principals of these applications; the issuer's is none of the organization's members. */
export function seedPrincipals(applications: Application[]): ServicePrincipal[] {
  const [issuer, , automation, federated] = applications as [Application, Application, Application, Application];
  return [
    { clientId: issuer.clientId, oid: randomUUID(), displayName: 'Agent Pool Token', member: false },
    { clientId: automation.clientId, oid: randomUUID(), displayName: 'Fabrikam Automation', member: true },
    { clientId: federated.clientId, oid: randomUUID(), displayName: 'Fabrikam Agents', member: true },
  ];
}

/** Pools of every kind that the users and service principals see differently. */
export function seedPools({ users, servicePrincipals }: Known): Pool[] {
  const admin = users.default.oid;
  const colleague = users.colleague.oid;
  const members = servicePrincipals.filter((principal) => principal.member).map(({ oid }) => oid);
  const give = (role: PoolRole, ...oids: string[]) => Object.fromEntries(oids.map((oid) => [oid, role]));
  const everyoneMay = (role: PoolRole) => give(role, admin, colleague, ...members);
  const administered = { ...give('manage', admin, ...members), ...give('view', colleague) };
  const pools: Array<Omit<Pool, 'id' | 'agents'>> = [
    { name: 'Default', isHosted: false, poolType: 'automation', roles: administered },
    { name: 'Build-Linux', isHosted: false, poolType: 'automation', roles: administered },
    { name: 'Build-Windows', isHosted: false, poolType: 'automation', roles: administered },
    { name: 'ReadOnly', isHosted: false, poolType: 'automation', roles: everyoneMay('view') },
    { name: 'UseOnly', isHosted: false, poolType: 'automation', roles: everyoneMay('use') },
    { name: 'Private', isHosted: false, poolType: 'automation', roles: { [colleague]: 'manage' } },
    { name: 'Azure Pipelines', isHosted: true, poolType: 'automation', roles: everyoneMay('use') },
    { name: 'Production', isHosted: false, poolType: 'deployment', roles: administered },
  ];
  return pools.map((pool, index) => ({ id: index + 1, agents: [], ...pool, roles: { ...pool.roles } }));
}

/** By which the job runner's variables name the project, so that a job can ask for what is in it. */
const jobsProjectId = '5c0f9a5e-3a52-4d4a-9d0c-6c9d3c0b8a11';

/** The project that jobs run in, with a deployment group and an environment. Adds the pools of their agents. */
export function seedProject(pools: Pool[], roles: Record<string, PoolRole>): Project {
  const name = 'Fabrikam';
  const poolOf = (what: string): Pool => {
    const pool: Pool = {
      id: pools.length + 1,
      name: `${name}-${what}`,
      isHosted: false,
      poolType: 'deployment',
      roles: { ...roles },
      agents: [],
    };
    pools.push(pool);
    return pool;
  };
  return {
    id: jobsProjectId,
    name,
    deploymentGroups: [{ id: 1, name: 'Web-Servers', roles: { ...roles }, pool: poolOf('Web-Servers'), targets: [] }],
    environments: [{ id: 1, name: 'production', roles: { ...roles }, pool: poolOf('production'), virtualMachines: [] }],
  };
}
