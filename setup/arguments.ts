import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Organization, parseOrganization } from '../src/azure-devops/organization';
import { isScopeName, scopeNames } from '../src/azure-devops/tokens/scopes';
import { quoted, TaskError } from '../src/errors';
import { UsageError } from './failure';
import {
  type CommandName,
  defaultConnection,
  defaultPort,
  isCommand,
  type Options,
  optionsOf,
  required,
  sameName,
} from './options';
import { programName } from './program';
import { firstLine } from './usage';

type Values = ReturnType<typeof parseArgs>['values'];

/**
 * Reads the command line.
 * @param words what stands behind the name of the program.
 * @returns the command whose help is asked for, or what to do.
 * @throws UsageError with every problem.
 */
export function readArguments(words: string[]): { help: CommandName | 'all' } | Options {
  const [command, ...rest] = words;
  if (command === undefined || ['--help', '-h', 'help'].includes(command)) return { help: 'all' };
  if (!isCommand(command)) {
    throw new UsageError([`There is no command ${quoted(command)}. Usage: ${firstLine()}`]);
  }
  const values = parse(command, rest);
  if (values.help) return { help: command };
  return { ...new Reader(command, values).read(), given: rest };
}

function parse(command: CommandName, args: string[]): Values {
  try {
    const options: NonNullable<ParseArgsConfig['options']> = optionsOf[command];
    return parseArgs({ args, options, strict: true }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : 'The command line cannot be read';
    throw new UsageError([`${message}. Usage: ${programName()} ${command} [options] (--help lists them)`]);
  }
}

class Reader {
  readonly #problems: string[] = [];

  constructor(
    readonly command: CommandName,
    readonly values: Values,
  ) {}

  read(): Omit<Options, 'given'> {
    const missing = required[this.command].filter((name) => !this.values[name]);
    for (const name of missing) this.#problems.push(`--${name} is missing.`);
    const organization = missing.includes('organization') ? undefined : this.#organization();
    const limit = this.#lifetime();
    const writer = this.#name('writer');
    const options = {
      command: this.command,
      project: this.#name('project') ?? '',
      connection: this.#name('connection') ?? defaultConnection,
      app: this.#name('app') ?? '',
      user: this.#user(),
      pools: this.#names('pool'),
      pipelines: this.#names('pipeline'),
      approvers: this.#names('approver'),
      branches: this.#branches(),
      ...(limit !== undefined && { maxLifetimeMinutes: limit }),
      allowedScopes: this.#scopes(),
      ...(writer !== undefined && { writer }),
      clientSecret: this.values['client-secret'] === true,
      agentUser: this.values['agent-user'] === true,
      dryRun: this.values['dry-run'] === true,
      yes: this.values.yes === true,
      live: this.values.live === true,
      json: this.values.json === true,
      emergency: this.values.emergency === true,
      port: this.#port(),
    };
    if (options.agentUser && options.clientSecret) {
      this.#problems.push('--agent-user and --client-secret exclude each other: for an agent user nothing is stored.');
    }
    if (options.agentUser && writer !== undefined) {
      this.#problems.push('--agent-user and --writer exclude each other: for an agent user there is nothing to renew.');
    }
    if (options.live && options.user === '') this.#problems.push('--live signs a user in: name it with --user.');
    if (organization === undefined || this.#problems.length > 0) throw new UsageError(this.#problems);
    return { ...options, organization, app: options.app || `agent-pool-token ${organization.name}` };
  }

  #text(name: string): string {
    const value = this.values[name];
    return typeof value === 'string' ? value.trim() : '';
  }

  #name(option: string): string | undefined {
    if (this.values[option] === undefined) return undefined;
    const name = this.#text(option);
    this.#checkName(option, name);
    return name;
  }

  #names(option: string): string[] {
    const value = this.values[option];
    const names = (Array.isArray(value) ? value : []).map((name) => String(name).trim());
    for (const name of names) this.#checkName(option, name);
    return names.filter((name, index) => names.findIndex((other) => sameName(other, name)) === index);
  }

  #checkName(option: string, name: string): void {
    if (name === '' || name.length > 256 || /\p{Cc}/u.test(name)) {
      this.#problems.push(`--${option} must be a name of 1 to 256 characters.`);
    } else if (/^\$[[({]|\$\{\{|^(PASTE|YOUR)[-_ ]|^<.*>$|^NAME(@DOMAIN|-OF-THE-.*)?$/i.test(name)) {
      this.#problems.push(`--${option} ${quoted(name)} is a placeholder: put the real name in its place.`);
    }
  }

  #organization(): Organization | undefined {
    try {
      return parseOrganization(this.#text('organization'), 'input-invalid');
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      this.#problems.push(`--organization: ${error.what} ${error.remedy.replace('; nothing was sent', '')}`);
      return undefined;
    }
  }

  #user(): string {
    const user = this.#name('user') ?? '';
    if (user !== '' && !/^[^\s@]+@[^\s@]+$/.test(user)) {
      this.#problems.push(`--user ${quoted(user)} is no user principal name: it looks like name@domain.`);
    }
    return user;
  }

  #branches(): string[] {
    const branches = this.#names('branch');
    for (const branch of branches.filter((name) => !/^refs\/(heads|tags)\/[^\s,]+$/.test(name))) {
      this.#problems.push(
        `--branch ${quoted(branch)} is no full name of a branch: write refs/heads/${quotedTail(branch)}.`,
      );
    }
    return branches.length === 0 ? ['refs/heads/main'] : branches;
  }

  #lifetime(): number | undefined {
    const option = 'max-lifetime-minutes';
    if (this.values[option] === undefined) return undefined;
    const minutes = Number(/^[1-9]\d{0,3}$/.exec(this.#text(option))?.[0]);
    if (minutes >= 5 && minutes <= 1440) return minutes;
    this.#problems.push(`--${option} must be whole minutes, 5 to 1440.`);
    return undefined;
  }

  #scopes(): string[] {
    const option = 'allowed-scopes';
    const names = this.#text(option)
      .split(',')
      .map((name) => name.trim());
    const given = names.filter((name) => name !== '');
    for (const name of given.filter((name) => !isScopeName(name))) {
      this.#problems.push(`--${option} names ${quoted(name)}, which is none of ${scopeNames.join(', ')}.`);
    }
    return given;
  }

  #port(): number {
    if (this.values.port === undefined) return defaultPort;
    const port = Number(/^\d{1,5}$/.exec(this.#text('port'))?.[0]);
    if (port >= 1024 && port <= 65_535) return port;
    this.#problems.push('--port must be a number from 1024 to 65535.');
    return defaultPort;
  }
}

function quotedTail(branch: string): string {
  return branch.replace(/^\/+/, '').replace(/[^\w./-]/g, '') || 'main';
}
