/**
 * What `config.sh` of an emulated agent package runs: registers or removes with the client of dev/agent, and leaves a
 * `svc.sh` as the real one does. It stands bundled in the package. The machine's programs stand first in the path, beside
 * the record of all calls.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerAgent, removeAgent } from '../../dev/agent';
import { readCommand } from '../../dev/agent/arguments';

const [folder = '', ...args] = process.argv.slice(2);
const inFolder = (name: string) => join(folder, name);

async function main(): Promise<void> {
  const { VSTS_AGENT_INPUT_TOKEN: token, ...environment } = process.env;
  appendFileSync(
    join(process.env.PATH?.split(':')[0] ?? '', '..', 'record'),
    `config.sh ${args.join(' ')}\n${JSON.stringify({ hasToken: token !== undefined, environment })}\n`,
  );
  const removes = args[0] === 'remove';
  const command = readCommand([...(removes ? args : ['config', ...args]), '--directory', folder], process.env);
  if (command.verb === 'config') {
    await registerAgent({ ...command.options, os: 'linux', log: console.log });
    writeFileSync(inFolder('svc.sh'), readFileSync(inFolder('bin/svc.sh.template')), { mode: 0o755 });
    return;
  }
  if (existsSync(inFolder('.service'))) throw new Error('Uninstall service first');
  await removeAgent({ ...command.options, log: console.log });
  rmSync(inFolder('svc.sh'));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
