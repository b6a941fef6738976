/**
 * npm run issuer: sets up, checks, renews and takes away an issuer in an organization. Exit code 0: done; 1: not done,
 * or findings; 2: the command line is wrong; 130: interrupted.
 */

import { machineSignIns } from './administrator';
import { readArguments } from './arguments';
import { check } from './commands/check';
import { create } from './commands/create';
import { remove } from './commands/remove';
import { renew } from './commands/renew';
import type { World } from './commands/world';
import { explained, Interrupted, UsageError } from './failure';
import { Interruption } from './interruption';
import type { CommandName } from './options';
import { NotReady } from './plan/missing';
import { Terminal } from './terminal';
import { machineRuntime } from './tools';
import { usageOf } from './usage';

/** Milliseconds that the process may take to end by itself. */
const lingering = 2_000;

const commands: Record<CommandName, (world: World) => Promise<number>> = { create, check, renew, remove };

async function main(words: string[]): Promise<number> {
  const terminal = new Terminal(process.stdin, process.stdout, process.stderr);
  const interruption = new Interruption();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
    process.on(signal, () => {
      if (!interruption.signal.aborted) terminal.warn('\nInterrupted. What was made for a moment is taken away first.');
      interruption.interrupt();
    });
  }
  try {
    const options = readArguments(words);
    if ('help' in options) {
      terminal.say(usageOf(options.help));
      return 0;
    }
    const runtime = machineRuntime(process.env, terminal);
    try {
      return await commands[options.command]({ options, terminal, interruption, runtime, signIns: machineSignIns });
    } finally {
      runtime.close();
    }
  } catch (error) {
    return report(error, terminal, interruption.signal.aborted);
  }
}

function report(error: unknown, terminal: Terminal, interrupted: boolean): number {
  if (error instanceof UsageError) {
    for (const problem of error.problems) terminal.warn(problem);
    terminal.warn('Nothing was sent.');
    return 2;
  }
  if (error instanceof NotReady) {
    terminal.warn(`Nothing was changed. ${error.missing.length === 1 ? 'This is' : 'These are'} missing:\n`);
    for (const [index, { what, remedy, who }] of error.missing.entries()) {
      terminal.warn(`${index + 1}. ${what}\n   ${remedy}${who === 'you' ? '' : ` Who can do it: ${who}.`}\n`);
    }
    return 1;
  }
  if (error instanceof Interrupted) {
    terminal.warn('The command was interrupted. Run it again: it finds what it has made.');
    return 130;
  }
  const { what, remedy } = explained(error);
  terminal.warn(`${what}\n${remedy}`);
  return interrupted ? 130 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    // A sign-in in the browser that was interrupted would keep the process until a user signs in.
    setTimeout(() => process.exit(), lingering).unref();
  },
  (error: unknown) => {
    console.error(explained(error).message);
    process.exitCode = 1;
  },
);
