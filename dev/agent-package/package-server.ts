import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { configScript, runScript, serviceScript } from './scripts';

const platforms = [
  'linux-x64',
  'linux-arm64',
  'linux-arm',
  'linux-musl-x64',
  'linux-musl-arm64',
  'osx-x64',
  'osx-arm64',
];
const version = '4.250.1';

/** A package as an organization lists it. */
interface OfferedPackage {
  platform: string;
  version: string;
  downloadUrl: string;
  hashValue: string;
}

export interface AgentPackageServer {
  /** For each platform one package, which can be downloaded until the server is closed. */
  offered: OfferedPackage[];
  close: () => Promise<void>;
}

/** Serves an agent's package on loopback: it registers with an emulator, and runs no jobs. */
export async function serveAgentPackages(): Promise<AgentPackageServer> {
  const archive = await makeArchive();
  const server = createServer((_, response) => response.end(archive));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hashValue = createHash('sha256').update(archive).digest('hex');
  return {
    offered: platforms.map((platform) => ({
      platform,
      version,
      downloadUrl: `http://127.0.0.1:${port}/agent/${version}/vsts-agent-${platform}-${version}.tar.gz`,
      hashValue,
    })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function makeArchive(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-package-'));
  try {
    const files = join(folder, 'files');
    mkdirSync(join(files, 'bin'), { recursive: true });
    for (const [name, text] of Object.entries({
      'config.sh': configScript(process.execPath),
      'run.sh': runScript,
      'bin/svc.sh.template': serviceScript,
      'bin/Agent.Listener': configScript(process.execPath),
    })) {
      writeFileSync(join(files, name), text, { mode: 0o755 });
    }
    await build({
      entryPoints: [join(__dirname, 'program.ts')],
      outfile: join(files, 'bin', 'agent.js'),
      bundle: true,
      minify: true,
      platform: 'node',
      logLevel: 'error',
    });
    const archive = join(folder, 'agent.tar.gz');
    const { status, error } = spawnSync('tar', ['-czf', archive, '-C', files, '.'], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`The agent's package could not be made: ${error?.message ?? `tar: ${status}`}.`);
    return readFileSync(archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
