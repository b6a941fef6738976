import { arch, hostname, release } from 'node:os';

export type AgentOs = 'linux' | 'macos' | 'windows';

/** The agent version this client passes itself off as. */
export const agentVersion = '4.248.0';

const neverTold = ['comp_wordbreaks', 'ls_colors', 'TERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'SHLVL'];
const longest = 1024;
const osNames: Record<AgentOs, string> = { linux: 'Linux', macos: 'Darwin', windows: 'Windows_NT' };

/** The system this process runs on. */
export function thisOs(): AgentOs {
  switch (process.platform) {
    case 'win32':
      return 'windows';
    case 'darwin':
      return 'macos';
    default:
      return 'linux';
  }
}

/** How the machine describes its system to people. */
export function osDescription(os: AgentOs): string {
  return `${osNames[os]} ${release()}`;
}

/**
 * What an agent reports to the server about its machine, for every reader of the pool to see. That includes the
 * environment: a token in any variable that is not ignored by name ends up on the server.
 */
export function systemCapabilities(
  environment: Readonly<Record<string, string | undefined>>,
  agent: { name: string; os: AgentOs; directory: string },
): Record<string, string> {
  const onWindows = agent.os === 'windows';
  const comparable = (name: string) => (onWindows ? name.toLowerCase() : name);
  const ignoredByUser = (environment.VSO_AGENT_IGNORE ?? '').split(',').map((name) => name.trim());
  const ignored = new Set([...neverTold, ...ignoredByUser].map(comparable));
  const reported = Object.entries(environment).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && value.length < longest && !ignored.has(comparable(name));
  });
  return {
    ...Object.fromEntries(reported),
    'Agent.Name': agent.name,
    'Agent.OS': osNames[agent.os],
    'Agent.OSArchitecture': arch().toUpperCase(),
    ...(onWindows ? { 'Agent.OSVersion': release(), Cmd: environment.ComSpec ?? 'cmd.exe' } : {}),
    InteractiveSession: 'True',
    'Agent.Version': agentVersion,
    'Agent.ComputerName': hostname(),
    'Agent.HomeDirectory': agent.directory,
  };
}
