import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emulator } from '../../../dev/emulator';
import { agentPackage } from './agent-package';
import { agentListeners } from './agent-program';

/** Every package that an organization offers. */
const platforms = [
  'linux-x64',
  'linux-arm64',
  'linux-arm',
  'linux-musl-x64',
  'linux-musl-arm64',
  'osx-x64',
  'osx-arm64',
  'win-x64',
  'win-x86',
  'win-arm64',
];

/** A machine on which jobs run, beside a server with agent packages that an emulated organization offers. */
export interface Machine {
  folder: string;
  /** Puts its programs before those of this machine. */
  path: string;
  /** What it is: `system/processor`, and `/musl` or `/32` where it is so; at first `Linux/x86_64`. */
  become(system: string): void;
  /** Who runs jobs and scripts on it: root, or builder, as at first, who may use sudo. */
  signIn(user: 'root' | 'builder'): void;
  /** Unpacks the package, as a person or an image would have. */
  unpack(folder: string): void;
  /** How programs were called, with the environment of `config.sh` where it is one. */
  record(): string;
  /** Offers the packages, and lets the agents come and go as the output of their services says. */
  connect(emulator: Emulator): (line: string) => void;
  /** Called with each line of the agent's program, which waits until this returns, and stops where this throws. */
  onAgentLine: (line: string) => void;
  /** Dies with the script that runs on it. */
  die(): never;
  /** Has jobs of agents that take one job fail. */
  failRun(): void;
  /** Has the server hand out something else than was published. */
  tamper(): void;
  close(): Promise<void>;
}

export async function startMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('record', '');
  write('system', 'Linux/x86_64');
  write('user', 'builder');
  const bin = join(folder, 'bin');
  cpSync(join(__dirname, 'programs'), bin, { recursive: true });
  for (const empty of ['home', 'etc/systemd/system', 'enabled', 'active']) {
    mkdirSync(join(folder, empty), { recursive: true });
  }
  const { folder: packageFolder, tar, zip } = await agentPackage();

  let added = Buffer.alloc(0);
  const server = createServer(({ url }, response) =>
    response.end(Buffer.concat([url?.endsWith('.zip') ? zip : tar, added])),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const machine: Machine = {
    folder,
    path: `${bin}:${process.env.PATH}`,
    become: (system) => write('system', system),
    signIn: (user) => write('user', user),
    unpack: (target) => cpSync(packageFolder, target, { recursive: true }),
    record: () => readFileSync(join(folder, 'record'), 'utf8'),
    connect: ({ state }) => {
      const offered = platforms.flatMap((platform) => ['4.250.1', '4.248.0'].map((version) => ({ platform, version })));
      for (const { platform, version } of offered) {
        const [ending, content] = platform.startsWith('win') ? (['zip', zip] as const) : (['tar.gz', tar] as const);
        const downloadUrl = `http://127.0.0.1:${port}/agent/${version}/vsts-agent-${platform}-${version}.${ending}`;
        const hash = createHash('sha256')
          .update(content)
          .update(version === '4.250.1' ? '' : version);
        state.agentPackages.push({ platform, version, downloadUrl, hashValue: hash.digest('hex') });
      }
      return (line) => {
        const [, name, status] = /^The agent (.+) is (online|offline)$/.exec(line) ?? [];
        const pool = state.pools.find(({ agents }) => agents.some((agent) => agent.name === name));
        if (pool && name) state.setAgentStatus(pool.name, name, status as 'online' | 'offline');
      };
    },
    onAgentLine: () => {},
    die: () => {
      process.kill(-Number(readFileSync(join(folder, 'group'), 'utf8')), 'SIGKILL');
      throw new Error('The machine died.');
    },
    failRun: () => write('run-fails', ''),
    tamper: () => {
      added = Buffer.from('more');
    },
    async close() {
      agentListeners.delete(folder);
      await new Promise((resolve) => server.close(resolve));
      // In the background, where the other machines of this process go on.
      await rm(folder, { recursive: true, force: true });
    },
  };
  agentListeners.set(folder, (line) => machine.onAgentLine(line));
  return machine;
}
