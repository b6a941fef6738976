import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, run } from './run';

const version = '7.6.9';
/** SHA-512 of the tool's package, in base64. */
const hash = 'O3wOubVPYI1WqraiDIKHouPFK4sb6HxLnmk0BPvW0ANLNGiBk40ASUrCDD36WiKyTcQp6CTq7312qI3vwffzJg==';
/** The oldest .NET SDK that can install it. */
const minSdk = 10;

const folder = join(__dirname, 'pwsh');
const installed = join(folder, '.store', 'powershell', version);

/** Installs PowerShell as a .NET tool, and says so where there is no SDK to do it. */
export async function installPowerShell(log: Log): Promise<void> {
  if (existsSync(installed)) return;
  const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };
  const sdk = await run('dotnet', ['--version'], env).catch(() => undefined);
  if (sdk === undefined || Number.parseInt(sdk, 10) < minSdk) {
    const found = sdk === undefined ? 'there is none' : `there is ${sdk.trim()}`;
    log(`skips PowerShell, which takes a .NET SDK of version ${minSdk} or newer, and ${found}`);
    return;
  }
  log(`installs PowerShell ${version} as a .NET tool`);
  rmSync(folder, { recursive: true, force: true });
  await run('dotnet', ['tool', 'install', '--tool-path', folder, 'PowerShell', '--version', version], env);
  const file = join(installed, 'powershell', version, `powershell.${version}.nupkg`);
  if (createHash('sha512').update(readFileSync(file)).digest('base64') === hash) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`The package of PowerShell ${version} is not the one that these tests know: its hash differs.`);
}
