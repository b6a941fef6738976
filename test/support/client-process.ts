import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emulator } from '../../dev/emulator';

/** What a client's process finds. */
export interface ClientSurroundings {
  emulator: Emulator;
  /** The certificate authority that it trusts. */
  authorityFile: string;
  env: Record<string, string>;
}

/** The folder from which a client finds the packages of other projects. */
const folder = join(__dirname, '..', 'strangers');

/** Leads every TLS connection to the emulator, as a machine's own table of names could; the name stays as it is. */
const resolveTo = (port: string) => `
  const tls = require('node:tls');
  const { connect } = tls;
  tls.connect = (options, ...rest) => connect({ ...options, host: '127.0.0.1', port: ${port} }, ...rest);`;

/**
 * Runs JavaScript of CommonJS as a process of its own, for which Microsoft's names lead to the emulator.
 * @param script calls `print(value)` once for what is returned here.
 * @throws with all that it wrote, where it fails.
 */
export async function runClient<Result>(script: string, { emulator, ...around }: ClientSurroundings): Promise<Result> {
  const temporary = mkdtempSync(join(tmpdir(), 'client-'));
  const print = "const print = (value) => console.log('\\nRESULT ' + JSON.stringify(value));";
  const whole = `${resolveTo(new URL(emulator.url).port)}\n${print}\n(async () => {${script}\n})().catch((error) => {
    console.error(error); process.exitCode = 1; });`;
  const child = spawn(process.execPath, ['-e', whole], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: around.authorityFile,
      AGENT_TEMPDIRECTORY: temporary,
      TEMPORARY: temporary,
      ...around.env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  rmSync(temporary, { recursive: true, force: true });
  const result = /^RESULT (.*)$/m.exec(output)?.[1];
  if (exitCode !== 0 || result === undefined) throw new Error(`The client ended with ${exitCode}:\n${output}`);
  return JSON.parse(result);
}
