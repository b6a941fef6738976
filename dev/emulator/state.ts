import { randomBytes, randomUUID } from 'node:crypto';
import { createProject } from './azure-devops/projects';
import type { Claims } from './entra/jwt';
import { Directory } from './graph/directory';
import type {
  Agent,
  AgentPackage,
  Application,
  FederatedCredential,
  PatRecord,
  Policies,
  Pool,
  PoolRole,
  Project,
  RefreshToken,
  Run,
  ServiceConnection,
  ServicePrincipal,
  User,
} from './model';
import type { Overload } from './server/overload';

const minute = 60_000;
const day = 24 * 60 * minute;

/** The real clock plus an offset. */
class Clock {
  #offset = 0;

  now(): number {
    return Date.now() + this.#offset;
  }

  advance(ms: number): void {
    this.#offset += ms;
  }

  set(ms: number): void {
    this.#offset = ms - Date.now();
  }
}

/** Everything the emulated services remember. Tests may read and change any of it at any time. */
export class State {
  readonly clock = new Clock();
  readonly tenantId = randomUUID();
  readonly tenantDomain: string;
  readonly organizationId = randomUUID();
  /** `http://127.0.0.1:PORT`, set when the server listens. */
  url = '';

  readonly users: Record<'default' | 'colleague' | 'outsider', User> & Record<string, User>;
  readonly applications: Application[];
  readonly servicePrincipals: ServicePrincipal[];
  readonly serviceConnections: ServiceConnection[] = [];
  /** The `jti` of every identity token that Entra has taken: it takes none twice. */
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
  readonly runs: Run[] = [];
  /** What the organization offers to install, the newest first. */
  readonly agentPackages: AgentPackage[] = [];
  /** The own token of a job that runs in the organization. */
  readonly jobAccessToken = secret(600);
  nextAgentId = 1;

  readonly policies: Policies = {
    restrictPatCreation: false,
    restrictGlobalPats: false,
    restrictFullScopePats: false,
    lifespan: 'clamp',
  };
  /** Entra gives its access tokens 60 to 90 minutes. */
  accessTokenMinutes = 75;
  /** How revoking an unknown or already revoked token ends; reports disagree. */
  revokeUnknown: 'noContent' | 'notFoundStatus' | 'sessionTokenNotFound' | 'tokenNotFound' = 'sessionTokenNotFound';
  /** Status of a refusal that stands in `patTokenError`. */
  patErrorStatus = 200;
  /** How a caller without a valid credential is sent to sign in, unless it asks for a plain 401. */
  signInAnswer: 'redirect' | 'page' = 'redirect';
  /** Begin every JSON error with a byte order mark. */
  bomOnErrors = false;
  /** While it is set, the services throttle and fail at random. */
  overload: Overload | undefined;

  constructor(readonly organization: string) {
    this.tenantDomain = `${organization}.onmicrosoft.com`;
    const person = (displayName: string, alias: string, member: boolean): User => ({
      tid: this.tenantId,
      oid: randomUUID(),
      displayName,
      upn: `${alias}@${this.tenantDomain}`,
      member,
    });
    this.users = {
      default: person('Agent Pool Issuer', 'pool-issuer', true),
      colleague: person('Casey Colleague', 'casey', true),
      outsider: person('Olive Outsider', 'olive', false),
    };
    this.applications = [
      { clientId: randomUUID(), clientSecret: secret(30), permissions: ['vso.pats', 'vso.pats_manage'] },
      { clientId: randomUUID(), permissions: ['vso.pats', 'vso.pats_manage'] },
      { clientId: randomUUID(), clientSecret: secret(30), permissions: [] },
      { clientId: randomUUID(), permissions: [], federatedCredentials: [] },
    ];
    const [issuer, , automation, federated] = this.applications as [Application, Application, Application, Application];
    this.servicePrincipals = [
      { clientId: issuer.clientId, oid: randomUUID(), displayName: 'Agent Pool Token', member: false },
      { clientId: automation.clientId, oid: randomUUID(), displayName: 'Fabrikam Automation', member: true },
      { clientId: federated.clientId, oid: randomUUID(), displayName: 'Fabrikam Agents', member: true },
    ];
    this.pools = this.#defaultPools();
    this.project = createProject('Fabrikam', this.pools, this.pool('Default').roles);
  }

  #defaultPools(): Pool[] {
    const admin = this.users.default.oid;
    const colleague = this.users.colleague.oid;
    const members = this.servicePrincipals.filter((principal) => principal.member).map(({ oid }) => oid);
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

/** Random text of this length in the base64url alphabet. */
export function secret(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}
