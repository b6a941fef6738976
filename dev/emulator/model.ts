import type { ServicePrincipal, User } from './directory/entities';

/** A service connection, as far as the service needs it to know who a job is. */
export interface ServiceConnection {
  id: string;
  name: string;
  /** The project's name. */
  project: string;
}

/** A personal access token. */
export interface PatRecord {
  authorizationId: string;
  displayName: string;
  scope: string;
  /** Organization ids; null means every organization of the user. */
  targetAccounts: string[] | null;
  token: string;
  validFrom: number;
  validTo: number;
  /** Object id of the user it acts for. */
  userOid: string;
  revoked: boolean;
}

/** `manage` includes `use`, which includes `view`; without a role a pool is invisible. */
export type PoolRole = 'manage' | 'use' | 'view';

export interface Pool {
  id: number;
  name: string;
  isHosted: boolean;
  poolType: 'automation' | 'deployment';
  /** By object id of a user or service principal. */
  roles: Record<string, PoolRole>;
  agents: Agent[];
}

export interface Agent {
  id: number;
  name: string;
  version: string;
  osDescription: string;
  enabled: boolean;
  status: 'online' | 'offline';
  provisioningState: string;
  maxParallelism: number;
  createdOn: number;
  statusChangedOn: number;
  /** When its machine went without a word: it is shown online for some minutes more. */
  machineLostAt?: number;
  /** What the machine reported about itself, its environment variables among them. */
  systemCapabilities: Record<string, string>;
  userCapabilities: Record<string, string>;
  clientId: string;
  publicKey: { exponent: string; modulus: string };
}

/** A project, with what machines can be registered for in it. */
export interface Project {
  id: string;
  name: string;
  deploymentGroups: DeploymentGroup[];
  environments: Environment[];
}

/** Machines that classic releases deploy to. Their agents are those of a deployment pool. */
export interface DeploymentGroup {
  id: number;
  name: string;
  roles: Record<string, PoolRole>;
  pool: Pool;
  targets: DeploymentTarget[];
}

export interface DeploymentTarget {
  id: number;
  agent: Agent;
  tags: string[];
}

/** What deployment jobs deploy to; of its resources only virtual machines, whose agents are those of a pool. */
export interface Environment {
  id: number;
  name: string;
  roles: Record<string, PoolRole>;
  pool: Pool;
  virtualMachines: VirtualMachine[];
}

export interface VirtualMachine {
  id: number;
  name: string;
  agent: Agent;
  tags: string[];
}

/** A version of the agent for one platform. */
export interface AgentPackage {
  /** `linux-x64`, `osx-arm64`, `win-x64` … */
  platform: string;
  version: string;
  downloadUrl: string;
  /** SHA-256, in hexadecimal digits. */
  hashValue: string;
  /** What is downloaded, where the emulator itself serves it. */
  content?: Buffer;
}

/** What administrators forbid. */
export interface Policies {
  restrictPatCreation: boolean;
  /** Object ids of those who may create tokens though that is restricted. */
  patAllowList: Set<string>;
  restrictGlobalPats: boolean;
  restrictFullScopePats: boolean;
  maximumLifespanMinutes?: number;
  /** Documentation says that too long a lifetime is cut; the list of errors says that it is refused. */
  lifespan: 'clamp' | 'refuse';
}

/** A pipeline run, and how far its jobs have come. */
export interface Run {
  buildId: number;
  /** Its id, as a job knows it. */
  project: string;
  timelineId: string;
  jobs: { id: string; name: string; state: 'pending' | 'inProgress' | 'completed'; attempt?: number }[];
  /** What else stands in its timeline: stages, phases, tasks, and jobs of other shapes. */
  records?: unknown[];
}

/** Who is calling Azure DevOps, and with which kind of credential. */
export type Caller =
  | { kind: 'user'; user: User; scopes: string[] }
  | { kind: 'app'; principal: ServicePrincipal }
  | { kind: 'pat'; user: User; pat: PatRecord }
  | { kind: 'agent'; agent: Agent };
