import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import JSZip from 'jszip';
import { serveAgentProgram } from './program-server';

/** A package of the agent, unpacked and as archives of both kinds. */
export interface AgentPackage {
  folder: string;
  tar: Buffer;
  zip: Buffer;
}

let built: Promise<AgentPackage> | undefined;

/** The package, which lasts as long as this process: its programs behave as the real ones in what scripts can see. */
export function agentPackage(): Promise<AgentPackage> {
  built ??= buildPackage();
  return built;
}

async function buildPackage(): Promise<AgentPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = join(folder, 'files');
  cpSync(join(__dirname, 'package'), files, { recursive: true });
  writeFileSync(join(files, 'bin', 'port'), `${await serveAgentProgram()}\n`);
  const tar = join(folder, 'agent.tar.gz');
  const { status } = spawnSync('tar', ['-czf', tar, '--exclude=*.cmd', '-C', files, '.'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The agent package could not be made.');
  return { folder: files, tar: readFileSync(tar), zip: await zipOf(files) };
}

/** What Windows gets: the same program, without the scripts of other systems. */
function zipOf(files: string): Promise<Buffer> {
  const zip = new JSZip();
  const names = readdirSync(files, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((one) => !one.endsWith('.sh') && !one.endsWith('.template'))) {
    const file = join(files, name);
    const { mode } = statSync(file);
    if (statSync(file).isFile()) zip.file(name, readFileSync(file), { unixPermissions: mode & 0o777 });
  }
  return zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
}
