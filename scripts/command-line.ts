import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A mistake in how a command was called: its message is one line, and the exit code is 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Own extends Options> = ReturnType<typeof parseArgs<{ options: Own }>>['values'];

export interface Command<Own extends Options> {
  /** What `--help` prints: how a person starts it on the first line, then what it does, and each of its options. */
  help: string;
  options: Own;
  /** What it takes beside its options, and how much of it; nothing, if this is left out. */
  takes?: { count: number; what: string };
  /** @returns the exit code, if it is not 0. */
  run: (values: Values<Own>, args: string[]) => Promise<number | undefined> | Promise<void>;
}

/**
 * Runs a command of this project with the arguments of the process, and sets the exit code: 0, or what the command
 * returns; 2 where it was called wrongly; 1 where it failed. `--help` prints its help and does nothing else. A failure
 * is its message alone, without a stack: it is written for the person who typed the command.
 */
export async function runCommand<Own extends Options>(command: Command<Own>): Promise<void> {
  try {
    const { values, args } = readArguments(command, process.argv.slice(2));
    if (values === undefined) console.log(command.help);
    else process.exitCode = (await command.run(values, args)) ?? 0;
  } catch (error) {
    const isMistake = error instanceof UsageError;
    const hint = isMistake ? ` Usage: ${command.help.split('\n')[0]} (--help says more)` : '';
    console.error(`${error instanceof Error ? error.message : error}${hint}`);
    process.exitCode = isMistake ? 2 : 1;
  }
}

/** The options of a command, or none where the person asks for help. */
function readArguments<Own extends Options>(
  { options, takes = { count: 0, what: 'no arguments' } }: Command<Own>,
  args: string[],
): { values: Values<Own> | undefined; args: string[] } {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return { values: undefined, args: [] };
  const { values, positionals } = parse(options, args);
  if (positionals.length !== takes.count) {
    throw new UsageError(`Expected ${takes.what}, not ${positionals.length}.`);
  }
  return { values, args: positionals };
}

function parse<Own extends Options>(options: Own, args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Only the first sentence is about what was typed.
    throw new UsageError(
      String((error as Error).message)
        .replace(/\.? To specify.*$/s, '.')
        .replaceAll('\n', ' '),
    );
  }
}

/** A whole number that was given as an option. */
export function wholeNumber(option: string, text: string, [min, max]: [number, number]): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(`${option} is a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
}

/** A path that a person typed: it counts from the folder in which they stand, not from that of package.json. */
export function typedPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}
