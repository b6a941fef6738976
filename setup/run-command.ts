import type { SignIns } from './administrator';
import { readArguments } from './arguments';
import { check } from './commands/check';
import { create } from './commands/create';
import { remove } from './commands/remove';
import { renew } from './commands/renew';
import { explained, Interrupted, UsageError } from './failure';
import type { Interruption } from './interruption';
import type { CommandName } from './options';
import { NotReady } from './plan/missing';
import type { Terminal } from './terminal';
import { machineRuntime } from './tools';
import { usageOf } from './usage';
import type { World } from './world';

/** What the command finds where it is started. */
export interface Surroundings {
  terminal: Terminal;
  interruption: Interruption;
  /** Where the proxy and the authorities of this machine stand. */
  environment: NodeJS.ProcessEnv;
  /** How the administrator of a tenant signs in. */
  signIns: (tenantId: string) => SignIns;
}

const commands: Record<CommandName, (world: World) => Promise<number>> = { create, check, renew, remove };

/**
 * Runs the command line that a person typed, and says at the terminal how it ended. @returns the exit code: 0 done; 1 not
 * done, or findings; 2 the command line is wrong; 130 interrupted.
 */
export async function runCommand(words: string[], surroundings: Surroundings): Promise<number> {
  const { terminal, interruption, environment, signIns } = surroundings;
  try {
    const options = readArguments(words);
    if ('help' in options) {
      terminal.say(usageOf(options.help));
      return 0;
    }
    const runtime = machineRuntime(environment, terminal);
    try {
      return await commands[options.command]({ options, terminal, interruption, runtime, signIns });
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
