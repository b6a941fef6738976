import type { ParseArgsConfig } from 'node:util';
import type { Organization } from '../src/azure-devops/organization';

export type CommandName = 'create' | 'check' | 'renew' | 'remove';

/** What the command line asks for, checked as far as that is possible without asking a service. */
export interface Options {
  command: CommandName;
  /** What stood behind the command on the command line, word by word. No option takes a secret. */
  given: readonly string[];
  organization: Organization;
  project: string;
  connection: string;
  app: string;
  /** User principal name; empty where the command reads it from what exists. */
  user: string;
  pools: string[];
  pipelines: string[];
  approvers: string[];
  /** Full names of branches. */
  branches: string[];
  maxLifetimeMinutes?: number;
  allowedScopes: string[];
  writer?: string;
  clientSecret: boolean;
  agentUser: boolean;
  dryRun: boolean;
  yes: boolean;
  live: boolean;
  json: boolean;
  emergency: boolean;
  /** Of the listener that takes the answer of the sign-in. */
  port: number;
}

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const common = { organization: text, project: text, connection: text, help: flag } as const;
const changing = { 'dry-run': flag, yes: flag } as const;
const signingIn = { user: text, port: text } as const;

/** What each command takes. */
export const optionsOf = {
  create: {
    ...common,
    ...changing,
    ...signingIn,
    app: text,
    pool: list,
    pipeline: list,
    approver: list,
    branch: list,
    'max-lifetime-minutes': text,
    'allowed-scopes': text,
    writer: text,
    'client-secret': flag,
    'agent-user': flag,
  },
  check: { ...common, ...signingIn, pool: list, live: flag, json: flag, yes: flag },
  renew: { ...common, ...changing, ...signingIn, pool: list },
  remove: { ...common, ...changing, app: text, user: text, pool: list, emergency: flag },
} as const satisfies Record<CommandName, ParseArgsConfig['options']>;

export const required: Record<CommandName, string[]> = {
  create: ['organization', 'project', 'pool', 'user'],
  check: ['organization', 'project'],
  renew: ['organization', 'project', 'user', 'pool'],
  remove: ['organization', 'project'],
};

export const defaultConnection = 'agent-pool-issuer';
export const defaultPort = 8765;

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(optionsOf, word);
}

/** Azure DevOps and Entra compare names without regard to case. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
