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

/** Groups and environments stand as pools here: what a scope may do is the same, and the requests are not emulated. */
const asPool = ['--deploymentgroupname', '--environmentname'];
const leftOut = ['--deploymentgroup', '--adddeploymentgrouptags', '--environment', '--addvirtualmachineresourcetags'];
const leftOutWithValue = ['--projectname', '--deploymentgrouptags', '--virtualmachineresourcetags'];

function understood(given: string[]): string[] {
  const words = [...given];
  const kept: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (asPool.includes(word)) kept.push('--pool');
    else if (leftOutWithValue.includes(word)) words.shift();
    else if (!leftOut.includes(word)) kept.push(word);
  }
  return [...kept, '--directory', folder];
}

async function main(): Promise<void> {
  const { VSTS_AGENT_INPUT_TOKEN: token, ...environment } = process.env;
  appendFileSync(
    join(process.env.PATH?.split(':')[0] ?? '', '..', 'record'),
    `config.sh ${args.join(' ')}\n${JSON.stringify({ hasToken: token !== undefined, environment })}\n`,
  );
  const removes = args[0] === 'remove';
  const command = readCommand(understood(removes ? args : ['config', ...args]), process.env);
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
