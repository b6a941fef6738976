import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import type { AgentOs } from './capabilities';
import type { RegisterOptions } from './register';
import type { PlaceInProject } from './registrars/registrar';
import type { RemoveOptions } from './remove';

export type Command =
  | { verb: 'config'; options: RegisterOptions; warnings: string[] }
  | { verb: 'remove'; options: RemoveOptions; warnings: string[] };

const flags = {
  unattended: { type: 'boolean' },
  url: { type: 'string' },
  auth: { type: 'string' },
  token: { type: 'string' },
  pool: { type: 'string' },
  projectname: { type: 'string' },
  deploymentgroup: { type: 'boolean' },
  deploymentgroupname: { type: 'string' },
  adddeploymentgrouptags: { type: 'boolean' },
  deploymentgrouptags: { type: 'string' },
  environment: { type: 'boolean' },
  environmentname: { type: 'string' },
  addvirtualmachineresourcetags: { type: 'boolean' },
  virtualmachineresourcetags: { type: 'string' },
  agent: { type: 'string' },
  work: { type: 'string' },
  replace: { type: 'boolean' },
  acceptteeeula: { type: 'boolean' },
  runasservice: { type: 'boolean' },
  windowslogonaccount: { type: 'string' },
  proxyurl: { type: 'string' },
  proxyusername: { type: 'string' },
  proxypassword: { type: 'string' },
  sslcacert: { type: 'string' },
  os: { type: 'string' },
  directory: { type: 'string' },
} as const;

const inputPrefix = 'VSTS_AGENT_INPUT_';

type Texts = { [name in keyof typeof flags]: (typeof flags)[name]['type'] extends 'string' ? name : never };
type Text = Texts[keyof Texts];
type Flag = Exclude<keyof typeof flags, Text>;

/**
 * Reads the command line, and `VSTS_AGENT_INPUT_<NAME>` for every flag that is not on it. All variables of that
 * kind are taken out of the environment, so that no later process sees them.
 */
export function readCommand(args: string[], environment: NodeJS.ProcessEnv): Command {
  const inputs = takeInputs(environment);
  const { values, positionals } = parseArgs({ args, options: flags, allowPositionals: true });
  const text = (name: Text) => values[name] ?? inputs.get(name);
  const isSet = (name: Flag) => values[name] ?? inputs.get(name)?.toLowerCase() === 'true';
  const required = (name: Text) => {
    const value = text(name);
    if (!value) throw invalid(name);
    return value;
  };

  const [verb, ...rest] = positionals;
  if ((verb !== 'config' && verb !== 'remove') || rest.length > 0) throw new Error('The command is config or remove.');
  if (!isSet('unattended')) throw new Error('Only --unattended is supported.');
  if (text('auth')?.toLowerCase() !== 'pat') throw invalid('auth');
  const warnings =
    values.token === undefined ? [] : [`--token shows in the list of processes; use ${inputPrefix}TOKEN instead.`];
  const agent = text('agent') || hostname();
  const directory = text('directory') || agent;
  const token = required('token');
  if (verb === 'remove') return { verb, options: { token, directory }, warnings };

  const inProject = (kind: PlaceInProject['kind'], name: Text, tagged: Flag, tags: Text) => ({
    placeInProject: {
      kind,
      project: required('projectname'),
      name: required(name),
      tags: isSet(tagged) ? tagsOf(required(tags)) : [],
    },
  });
  const work = text('work');
  const os = readOs(text('os'));
  const options: RegisterOptions = {
    url: required('url'),
    token,
    pool: text('pool') || 'default',
    agent,
    directory,
    replace: isSet('replace'),
    ...(isSet('deploymentgroup')
      ? inProject('deploymentGroup', 'deploymentgroupname', 'adddeploymentgrouptags', 'deploymentgrouptags')
      : {}),
    ...(isSet('environment')
      ? inProject('environment', 'environmentname', 'addvirtualmachineresourcetags', 'virtualmachineresourcetags')
      : {}),
    ...(work === undefined ? {} : { work }),
    ...(os === undefined ? {} : { os }),
  };
  return { verb, options, warnings };
}

function tagsOf(list: string): string[] {
  const tags = list.split(',').map((tag) => tag.trim());
  return tags.filter((tag, index) => tag !== '' && tags.indexOf(tag) === index);
}

function takeInputs(environment: NodeJS.ProcessEnv): Map<string, string> {
  const inputs = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.toUpperCase().startsWith(inputPrefix)) continue;
    inputs.set(name.slice(inputPrefix.length).toLowerCase(), value ?? '');
    delete environment[name];
  }
  return inputs;
}

function readOs(os: string | undefined): AgentOs | undefined {
  if (os === undefined || os === 'linux' || os === 'macos' || os === 'windows') return os;
  throw invalid('os');
}

function invalid(name: string): Error {
  return new Error(`Invalid configuration provided for ${name}. Terminating unattended configuration.`);
}
