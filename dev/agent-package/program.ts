/**
 * What `config.sh` of the package runs, bundled: registers or removes an agent with the client of dev/agent, and puts
 * `svc.sh` beside it as the real one does.
 */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { registerAgent, removeAgent } from '../agent';
import { readCommand } from '../agent/arguments';

const [folder = '', ...args] = process.argv.slice(2);
const inFolder = (name: string) => join(folder, name);

async function main(): Promise<void> {
  const given = args[0] === 'remove' ? args : ['config', ...args];
  const command = readCommand([...given, '--directory', folder], process.env);
  for (const warning of command.warnings) console.error(`Warning: ${warning}`);
  if (command.verb === 'config') {
    await registerAgent({ ...command.options, log: console.log });
    copyFileSync(inFolder('bin/svc.sh.template'), inFolder('svc.sh'));
    return;
  }
  if (existsSync(inFolder('.service'))) throw new Error('Uninstall the service first.');
  await removeAgent({ ...command.options, log: console.log });
  rmSync(inFolder('svc.sh'), { force: true });
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
