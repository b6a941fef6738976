import { randomUUID } from 'node:crypto';
import { Clock, realTime, type Time } from './clock';
import { Directory } from './directory/directory';
import type { Application, FederatedCredential, RefreshToken, ServicePrincipal, User } from './directory/entities';
import type { Claims } from './entra/jwt';
import type { Overload } from './faults/overload';
import type {
  Agent,
  AgentPackage,
  PatRecord,
  Policies,
  Pool,
  PoolRole,
  Project,
  Run,
  ServiceConnection,
} from './model';
import { Collection } from './organization/collection';
import { secret } from './secret';
import { seedApplications, seedPools, seedPrincipals, seedProject, seedUsers, type Users } from './seed';

const minute = 60_000;
const day = 24 * 60 * minute;

export interface StateOptions {
  organization: string;
  time?: Time;
  /** By default new ones. */
  tenantId?: string;
  jobAccessToken?: string;
}

/** Everything the emulated services remember. Tests may read and change any of it at any time. */
export class State {
  readonly clock: Clock;
  readonly organization: string;
  readonly tenantId: string;
  readonly tenantDomain: string;
  /** The tenant that the organization is connected to; tokens of another are refused. */
  organizationTenantId: string;
  readonly organizationId = randomUUID();
  /** `http://127.0.0.1:PORT`, set when the server listens. */
  url = '';
  /** Where Entra is: there too, or under its own name. */
  authorityUrl = '';
  /** Where agent packages are downloaded from: likewise. */
  downloadsUrl = '';

  readonly users: Users;
  readonly applications: Application[];
  readonly servicePrincipals: ServicePrincipal[];
  readonly serviceConnections: ServiceConnection[] = [];
  /** Whether Entra takes an identity token once only; as things are, until it ends. */
  assertionsOnce = false;
  /** The `jti` of every identity token that Entra has taken. */
  readonly usedAssertions = new Set<string>();
  readonly directory = new Directory();
  readonly refreshTokens: RefreshToken[] = [];
  /** Whether a refresh token ends when another is handed out in its place. Microsoft says no, one report says yes. */
  refreshTokensRotate = false;
  /** Access tokens that are not JSON Web Tokens, with what they stand for. */
  readonly opaqueTokens = new Map<string, Claims>();
  readonly pats: PatRecord[] = [];
  readonly pools: Pool[];
  readonly project: Project;
  /** All of them, that one first. */
  readonly projects: Project[];
  readonly collection: Collection;
  readonly runs: Run[] = [];
  /** What the organization offers to install, the newest first. */
  readonly agentPackages: AgentPackage[] = [];
  /** The own token of a job that runs in the organization. */
  readonly jobAccessToken: string;
  nextAgentId = 1;
  /** Object ids of those who may create pools. */
  readonly poolCreators: Set<string>;

  readonly policies: Policies = {
    restrictPatCreation: false,
    patAllowList: new Set(),
    restrictGlobalPats: false,
    restrictFullScopePats: false,
    lifespan: 'clamp',
  };
  /** Entra gives its access tokens 60 to 90 minutes. */
  accessTokenMinutes = 75;
  /** How revoking an unknown or already revoked token ends; reports disagree. */
  revokeUnknown: 'noContent' | 'notFoundStatus' | 'sessionTokenNotFound' | 'tokenNotFound' = 'sessionTokenNotFound';
  /** How many tokens stand on one page of a list, if a client does not ask for fewer. */
  patPageSize = 100;
  /** Status of a refusal that stands in `patTokenError`. */
  patErrorStatus = 200;
  /** How a caller without a valid credential is sent to sign in, unless it asks for a plain 401. */
  signInAnswer: 'redirect' | 'page' = 'page';
  /** Begin every JSON error with a byte order mark. */
  bomOnErrors = false;
  /** While it is set, the services throttle and fail at random. */
  overload: Overload | undefined;

  constructor({ organization, time = realTime, tenantId = randomUUID(), jobAccessToken = secret(600) }: StateOptions) {
    this.organization = organization;
    this.clock = new Clock(time);
    this.tenantId = tenantId;
    this.organizationTenantId = tenantId;
    this.jobAccessToken = jobAccessToken;
    this.tenantDomain = `${organization}.onmicrosoft.com`;
    this.users = seedUsers(this);
    this.applications = seedApplications();
    this.servicePrincipals = seedPrincipals(this.applications);
    this.pools = seedPools(this);
    this.poolCreators = new Set([this.users.default.oid]);
    this.project = seedProject(this.pools, this.pool('Default').roles);
    this.projects = [this.project];
    this.collection = new Collection(organization, this.project.name);
  }

  /** A refresh token as if the user had signed in through this application just now. */
  issueRefreshToken(
    options: { user?: string; clientId?: string; lifetimeMinutes?: number; platform?: RefreshToken['platform'] } = {},
  ): RefreshToken {
    const days = options.platform === 'spa' ? 1 : 90;
    const refreshToken: RefreshToken = {
      value: `1.${secret(1200)}`,
      user: this.user(options.user ?? 'default'),
      clientId: options.clientId ?? (this.applications[0] as Application).clientId,
      expiresAt: this.clock.now() + (options.lifetimeMinutes ?? days * (day / minute)) * minute,
      revoked: false,
      ...(options.platform && { platform: options.platform }),
    };
    this.refreshTokens.push(refreshToken);
    return refreshToken;
  }

  /** A service connection of this project. Nothing trusts it before a federated credential names its subject. */
  addServiceConnection(options: { name: string; project?: string; id?: string }): ServiceConnection {
    const { name, project = 'Fabrikam', id = randomUUID() } = options;
    const connection = { id: id.toLowerCase(), name, project };
    this.serviceConnections.push(connection);
    return connection;
  }

  /** What an application must trust for this connection to sign in as it; also what its identity tokens claim. */
  federatedCredentialOf({ project, name }: ServiceConnection): FederatedCredential {
    return {
      issuer: `https://login.microsoftonline.com/${this.tenantId}/v2.0`,
      subject: `sc://${this.organization}/${project}/${name}`,
      audience: 'api://AzureADTokenExchange',
    };
  }

  /** Gives a user or service principal this role on a pool in place of the one it had; `none` hides the pool. */
  setPoolRole(poolName: string, { oid }: { oid: string }, role: PoolRole | 'none'): void {
    const { roles } = this.pool(poolName);
    if (role === 'none') delete roles[oid];
    else roles[oid] = role;
  }

  user(name: string): User {
    const user = this.users[name];
    if (!user) throw new Error(`The emulator has no user "${name}". It has: ${Object.keys(this.users).join(', ')}`);
    return user;
  }

  pool(name: string): Pool {
    const pool = this.pools.find((candidate) => candidate.name === name);
    if (!pool) throw new Error(`The emulator has no pool "${name}"`);
    return pool;
  }

  /** Lets an agent come or go, as if its service had been started or stopped. */
  setAgentStatus(poolName: string, agentName: string, status: Agent['status']): void {
    const agent = this.pool(poolName).agents.find((candidate) => candidate.name === agentName);
    if (!agent) throw new Error(`Pool "${poolName}" has no agent "${agentName}"`);
    agent.status = status;
    delete agent.machineLostAt;
    agent.statusChangedOn = this.clock.now();
  }

  /** Notes a run of this project, whose jobs have come as far as they have. */
  addRun(buildId: number, project: string, jobs: Run['jobs']): Run {
    const run = { buildId, project, timelineId: randomUUID(), jobs };
    this.runs.push(run);
    return run;
  }

  /** Neither revoked nor expired. */
  isActive(pat: PatRecord): boolean {
    return !pat.revoked && pat.validTo > this.clock.now();
  }
}
