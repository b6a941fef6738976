import { registerAgent, removeAgent } from '.';
import { readCommand } from './arguments';

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  for (const warning of command.warnings) console.error(`Warning: ${warning}`);
  if (command.verb === 'config') await registerAgent({ ...command.options, log: console.log });
  else await removeAgent({ ...command.options, log: console.log });
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
