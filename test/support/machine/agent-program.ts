import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { registerAgent, removeAgent } from '../../../dev/agent';
import { readCommand } from '../../../dev/agent/arguments';
import { giveKey } from '../agent-key';

/** A call of the agent's program: where it stands, its words, and its environment. */
export interface ProgramCall {
  folder: string;
  words: string[];
  environment: Record<string, string>;
}

interface ProgramResult {
  code: number;
  output: string;
}

/** Who hears each line of the agents on a machine, by its folder, at the moment at which the program gets there. */
export const agentListeners = new Map<string, (line: string) => void>();

/**
 * What `config.sh` and `config.cmd` of an emulated agent package run: registers or removes with the client of dev/agent,
 * and treats services as the real program does. It stands in a package on a machine of `machine.ts`.
 */
export async function runAgentProgram(call: ProgramCall): Promise<ProgramResult> {
  const lines: string[] = [];
  try {
    await new AgentProgram(call, lines).run();
    return { code: 0, output: textOf(lines) };
  } catch (error) {
    return { code: 1, output: textOf([...lines, (error as Error).message]) };
  }
}

function textOf(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The nearest folder above with a record of calls. */
function machineOf(path: string): string {
  if (existsSync(join(path, 'record'))) return path;
  if (path === '/') throw new Error('This agent stands on no machine.');
  return machineOf(dirname(path));
}

class AgentProgram {
  readonly #call: ProgramCall;
  readonly #lines: string[];
  readonly #machine: string;
  readonly #system: string | undefined;

  constructor(call: ProgramCall, lines: string[]) {
    this.#call = call;
    this.#lines = lines;
    this.#machine = machineOf(call.folder);
    [this.#system] = readFileSync(join(this.#machine, 'system'), 'utf8').split('/');
  }

  async run(): Promise<void> {
    const { folder, words, environment } = this.#call;
    const { VSTS_AGENT_INPUT_TOKEN: token, ...others } = environment;
    const record = JSON.stringify({ hasToken: token !== undefined, environment: others });
    appendFileSync(join(this.#machine, 'record'), `config.sh ${words.join(' ')}\n${record}\n`);
    const [verb = '', ...args] = words;
    const flags = args.map((word) => word.replace(/^--\w+/, (flag) => flag.toLowerCase()));
    const given = { ...environment };
    const command = readCommand([verb === 'configure' ? 'config' : verb, ...flags, '--directory', folder], given);
    if (command.verb === 'remove') await this.#remove(command.options);
    else await this.#configure({ ...command.options, environment: given });
  }

  async #configure(options: Parameters<typeof registerAgent>[0]): Promise<void> {
    for (const name of ['SSLCACERT', 'PROXYURL', 'PROXYUSERNAME', 'PROXYPASSWORD'] as const) this.#keep(name);
    await giveKey(this.#call.folder);
    const isWindows = this.#system === 'Windows';
    await registerAgent({ ...options, os: isWindows ? 'windows' : 'linux', log: this.#log });
    const { agentName, poolName } = JSON.parse(readFileSync(this.#inFolder('.agent'), 'utf8'));
    const service = `vsts.agent.org.${poolName}.${agentName}`;
    if (isWindows) {
      if (!this.#call.words.some((word) => word.toLowerCase() === '--runasservice')) return;
      this.#installService(service.replace('vsts.agent', 'vstsagent').slice(0, 80));
      this.#lines.push(`The agent ${agentName} is online`);
      return;
    }
    const isMac = this.#system === 'Darwin';
    const template = readFileSync(this.#inFolder(`bin/${isMac ? 'darwin' : 'systemd'}.svc.sh.template`), 'utf8');
    const text = template.replaceAll('{{SvcNameVar}}', () => (isMac ? service : `${service}.service`));
    writeFileSync(this.#inFolder('svc.sh'), text, { mode: 0o755 });
    this.#log('svc.sh is written');
  }

  #installService(name: string): void {
    const services = join(this.#machine, 'services');
    mkdirSync(services, { recursive: true });
    if (existsSync(join(services, name))) throw new Error('The service already exists.');
    const PathName = `"${this.#inFolder('bin')}/AgentService.exe"`;
    writeFileSync(join(services, name), JSON.stringify({ Name: name, PathName, State: 'Running' }));
    this.#log('Service installed');
    writeFileSync(this.#inFolder('.service'), name);
  }

  async #remove(options: Parameters<typeof removeAgent>[0]): Promise<void> {
    if (existsSync(this.#inFolder('.service'))) {
      if (this.#system !== 'Windows') throw new Error('Uninstall service first');
      // Before the server is asked.
      rmSync(join(this.#machine, 'services', readFileSync(this.#inFolder('.service'), 'utf8')));
      rmSync(this.#inFolder('.service'));
    }
    await removeAgent({ ...options, log: this.#log });
  }

  /** What the agent keeps of the network, in the files of its own. */
  #keep(name: string): void {
    const value = this.#call.environment[`VSTS_AGENT_INPUT_${name}`];
    if (value === undefined) return;
    if (name === 'SSLCACERT' && !existsSync(value)) throw new Error(`File not found: '${value}'`);
    const file = { SSLCACERT: '.certificates', PROXYURL: '.proxy' }[name] ?? '.proxycredentials';
    appendFileSync(this.#inFolder(file), name === 'PROXYPASSWORD' ? 'kept as a secret' : value);
  }

  #inFolder(name: string): string {
    return join(this.#call.folder, name);
  }

  readonly #log = (line: string): void => {
    this.#lines.push(line);
    agentListeners.get(this.#machine)?.(line);
  };
}
