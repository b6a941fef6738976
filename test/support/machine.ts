import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Emulator } from '../../dev/emulator';

const platforms = ['linux-x64', 'linux-arm64', 'osx-x64', 'osx-arm64'];

/** A service of the operating system, as far as one can tell without one. */
const svc = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
printf 'svc.sh %s\\n' "$*" >> "\${PATH%%:*}/../record"
name=$(sed -n 's/.*"agentName": "\\([^"]*\\)".*/\\1/p' .agent)
case $1 in
  install) [ ! -f .service ] || { echo 'error: exists' >&2; exit 1; }; echo "$name" > .service ;;
  uninstall) rm .service ;;
  start) [ -f .service ]
    [ -z "\${VSTS_AGENT_INPUT_TOKEN:-}" ] || { echo 'A service is started with a token.' >&2; exit 1; }
    echo "The agent $name is online" ;;
  stop) [ -f .service ]; echo "The agent $name is offline" ;;
esac
`;

const run = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
printf 'run.sh %s\\n' "$*" >> "\${PATH%%:*}/../record"
[ -z "\${VSTS_AGENT_INPUT_TOKEN:-}" ] || { echo 'An agent is started with a token.' >&2; exit 1; }
name=$(sed -n 's/.*"agentName": "\\([^"]*\\)".*/\\1/p' .agent)
echo "The agent $name is online"
echo "The agent $name is offline"
`;

const config = `#!/bin/sh
unset NODE_OPTIONS
exec "${process.execPath}" "$(dirname "$0")/bin/agent.js" "$(cd "$(dirname "$0")" && pwd)" "$@"
`;

/** Programs of a machine, which note how they are called. The folder of the machine stands for MACHINE. */
const programs: Record<string, string> = {
  curl: `exec ${spawnSync('which', ['curl'], { encoding: 'utf8' }).stdout.trim()} "$@"`,
  sudo: 'unset VSTS_AGENT_INPUT_TOKEN; exec "$@"',
  // As the real one: the words of the command are joined, and a shell of the other machine takes them apart.
  ssh: `for word in "$@"; do case $word in *@*) host=$word; break ;; esac; done
while [ "$1" != "$host" ]; do shift; done
shift
mkdir -p "MACHINE/homes/$host"
cd "MACHINE/homes/$host"
exec env -i PATH="$PATH" HOME="$PWD" sh -c "$*"`,
  docker: `case $1 in
  build) for last in "$@"; do :; done; rm -rf MACHINE/image; cp -R "$last/agent" MACHINE/image ;;
  rm) [ -d "MACHINE/containers/$3" ] || exit 1; rm -rf "MACHINE/containers/$3" ;;
  image) ;;
  run) while [ "$1" != --name ]; do shift; done
    mkdir -p MACHINE/containers; cp -R MACHINE/image "MACHINE/containers/$2" ;;
  exec) [ "$2 $3" = '--env VSTS_AGENT_INPUT_TOKEN' ]; name=$4; shift 4; cd "MACHINE/containers/$name"
    env -i PATH="$PATH" VSTS_AGENT_INPUT_TOKEN="$VSTS_AGENT_INPUT_TOKEN" "$@"; echo "The agent $name is online" ;;
  *) exit 1 ;;
esac`,
};

/** A machine on which jobs run, beside a server with agent packages that an emulated organization offers. */
export interface Machine {
  folder: string;
  /** Puts its programs before those of this machine. */
  path: string;
  /** Unpacks the package, as a person or an image would have. */
  unpack(folder: string): void;
  /** How programs were called, with the environment of `config.sh` where it is one. */
  record(): string;
  /** Offers the packages, and lets the agents come and go as the output of their services tells. */
  connect(emulator: Emulator): (line: string) => void;
  /** Has the server hand out something else than was published. */
  tamper(): void;
  close(): Promise<void>;
}

interface AgentPackage {
  folder: string;
  archive: Buffer;
}

let built: Promise<AgentPackage> | undefined;

/** The package, which lasts as long as this process. */
function agentPackage(): Promise<AgentPackage> {
  built ??= buildPackage();
  return built;
}

async function buildPackage(): Promise<AgentPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = join(folder, 'files');
  const write = (name: string, text: string) => writeFileSync(join(files, name), text, { mode: 0o755 });
  mkdirSync(join(files, 'bin'), { recursive: true });
  write('config.sh', config);
  write('run.sh', run);
  write('bin/svc.sh.template', svc);
  await build({
    entryPoints: [join(__dirname, 'agent-program.ts')],
    outfile: join(files, 'bin', 'agent.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    logLevel: 'error',
  });
  const archive = join(folder, 'agent.tar.gz');
  const { status } = spawnSync('tar', ['-czf', archive, '-C', files, '.'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The agent package could not be made.');
  return { folder: files, archive: readFileSync(archive) };
}

export async function startMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  const recordFile = join(folder, 'record');
  writeFileSync(recordFile, '');
  const { folder: packageFolder, archive: published } = await agentPackage();

  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    const text = `#!/bin/sh\nset -eu\nprintf '${name} %s\\n' "$*" >> '${recordFile}'\n${script.replaceAll('MACHINE', folder)}\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }

  let offered = published;
  const server = createServer((_, response) => response.end(offered));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    folder,
    path: `${bin}:${process.env.PATH}`,
    unpack: (target) => cpSync(packageFolder, target, { recursive: true }),
    record: () => readFileSync(recordFile, 'utf8'),
    connect: ({ state }) => {
      for (const platform of platforms) {
        for (const version of ['4.250.1', '4.248.0']) {
          const downloadUrl = `http://127.0.0.1:${port}/agent/${version}/vsts-agent-${platform}-${version}.tar.gz`;
          const hashValue = createHash('sha256')
            .update(published)
            .update(version === '4.250.1' ? '' : version);
          state.agentPackages.push({ platform, version, downloadUrl, hashValue: hashValue.digest('hex') });
        }
      }
      return (line) => {
        const [, name, status] = /^The agent (\S+) is (online|offline)$/.exec(line) ?? [];
        const pool = state.pools.find(({ agents }) => agents.some((agent) => agent.name === name));
        if (pool && name) state.setAgentStatus(pool.name, name, status as 'online' | 'offline');
      };
    },
    tamper: () => {
      offered = Buffer.concat([published, Buffer.from('more')]);
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
