import { quotable, TaskError } from '../src/errors';

/** Who can mend what is missing. */
export type Mender =
  | 'you'
  | 'an Entra administrator'
  | 'a Project Collection Administrator'
  | 'an administrator of the project'
  | 'an administrator of the pool';

/** An expected failure of this command: what happened, what to do next, and who can do that. Holds nothing secret. */
export class SetupError extends Error {
  readonly what: string;
  readonly remedy: string;
  readonly who: Mender;

  constructor(what: string, remedy: string, options: { who?: Mender; cause?: unknown } = {}) {
    super(`${what} ${remedy}`, { cause: options.cause });
    this.name = 'SetupError';
    this.what = what;
    this.remedy = remedy;
    this.who = options.who ?? 'you';
  }
}

/** The command line itself is wrong, and nothing was sent. */
export class UsageError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'UsageError';
  }
}

/** The person ended the command, or the machine did. */
export class Interrupted extends Error {
  constructor() {
    super('The command was interrupted.');
    this.name = 'Interrupted';
  }
}

const again = 'Run the command again: it finds what it has made.';
/** Faults of the way to a service, for which the remedies of a pipeline's step do not fit. */
const transport = ['throttled', 'timed-out', 'network', 'response-malformed', 'cancelled'];

/** Any failure as one with a remedy. The text of a fault that nothing expected may hold anything, so it is left out. */
export function explained(error: unknown): SetupError {
  if (error instanceof SetupError) return error;
  if (error instanceof TaskError) {
    const remedy = transport.includes(error.code) ? again : error.remedy.replace('; nothing was sent', '');
    return new SetupError(error.what, remedy, { cause: error });
  }
  const name = error instanceof Error ? quotable(error.name, 40) : typeof error;
  return new SetupError(
    `The command has a bug, which stopped it (${name}).`,
    `Please report it with the version of the extension. ${again}`,
    { cause: error },
  );
}
