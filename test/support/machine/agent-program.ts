/**
 * What `config.sh` and `config.cmd` of an emulated agent package run: registers or removes with the client of dev/agent,
 * and treats services as the real program does. It stands bundled in the package, on a machine of `machine.ts`.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { registerAgent, removeAgent } from '../../../dev/agent';
import { readCommand } from '../../../dev/agent/arguments';

const [folder = '', verb = '', ...args] = process.argv.slice(2);
const inFolder = (name: string) => join(folder, name);
const machine = machineOf(folder);
const system = readFileSync(join(machine, 'system'), 'utf8').split('/')[0];
const isWindows = system === 'Windows';
const isMac = system === 'Darwin';

/** The nearest folder above with a record of calls. */
function machineOf(path: string): string {
  if (existsSync(join(path, 'record'))) return path;
  if (path === '/') throw new Error('This agent stands on no machine.');
  return machineOf(dirname(path));
}

/** Says where it is; a machine that is to die at this point does so, with all that runs on it. */
function log(line: string): void {
  console.log(line);
  const dying = join(machine, 'dies-at');
  if (!existsSync(dying) || !line.startsWith(readFileSync(dying, 'utf8'))) return;
  rmSync(dying);
  process.kill(-Number(readFileSync(join(machine, 'group'), 'utf8')), 'SIGKILL');
}

async function configure(options: Parameters<typeof registerAgent>[0]): Promise<void> {
  for (const name of ['SSLCACERT', 'PROXYURL', 'PROXYUSERNAME', 'PROXYPASSWORD'] as const) kept(name);
  await registerAgent({ ...options, os: isWindows ? 'windows' : 'linux', log });
  const { agentName, poolName } = JSON.parse(readFileSync(inFolder('.agent'), 'utf8'));
  const service = `vsts.agent.org.${poolName}.${agentName}`;
  if (isWindows) {
    if (!args.some((word) => word.toLowerCase() === '--runasservice')) return;
    const services = join(machine, 'services');
    mkdirSync(services, { recursive: true });
    const Name = service.replace('vsts.agent', 'vstsagent').slice(0, 80);
    if (existsSync(join(services, Name))) throw new Error('The service already exists.');
    const PathName = `"${inFolder('bin')}/AgentService.exe"`;
    writeFileSync(join(services, Name), JSON.stringify({ Name, PathName, State: 'Running' }));
    log('Service installed');
    writeFileSync(inFolder('.service'), Name);
    console.log(`The agent ${agentName} is online`);
    return;
  }
  const template = readFileSync(inFolder(`bin/${isMac ? 'darwin' : 'systemd'}.svc.sh.template`), 'utf8');
  const text = template.replaceAll('{{SvcNameVar}}', () => (isMac ? service : `${service}.service`));
  writeFileSync(inFolder('svc.sh'), text, { mode: 0o755 });
  log('svc.sh is written');
}

/** What the agent keeps of the network, in the files of its own. */
function kept(name: string): void {
  const value = given.get(`VSTS_AGENT_INPUT_${name}`);
  if (value === undefined) return;
  if (name === 'SSLCACERT' && !existsSync(value)) throw new Error(`File not found: '${value}'`);
  const file = { SSLCACERT: '.certificates', PROXYURL: '.proxy' }[name] ?? '.proxycredentials';
  appendFileSync(inFolder(file), name === 'PROXYPASSWORD' ? 'kept as a secret' : value);
}

async function remove(options: Parameters<typeof removeAgent>[0]): Promise<void> {
  if (existsSync(inFolder('.service'))) {
    if (!isWindows) throw new Error('Uninstall service first');
    // Before the server is asked.
    rmSync(join(machine, 'services', readFileSync(inFolder('.service'), 'utf8')));
    rmSync(inFolder('.service'));
  }
  await removeAgent({ ...options, log });
}

const { VSTS_AGENT_INPUT_TOKEN: token, ...environment } = process.env;
const given = new Map(Object.entries(environment));

async function main(): Promise<void> {
  const record = JSON.stringify({ hasToken: token !== undefined, environment });
  appendFileSync(join(machine, 'record'), `config.sh ${[verb, ...args].join(' ')}\n${record}\n`);
  const words = [verb === 'configure' ? 'config' : verb, ...args.map((word) => word.replace(/^--\w+/, lowerCase))];
  const command = readCommand([...words, '--directory', folder], process.env);
  await (command.verb === 'config' ? configure(command.options) : remove(command.options));
}

function lowerCase(word: string): string {
  return word.toLowerCase();
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
