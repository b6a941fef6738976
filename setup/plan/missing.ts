import { explained, Interrupted, type Mender, SetupError } from '../failure';

/** Everything that stands in the way, so that it can be mended in one go, before anything is changed. */
export class Missing {
  readonly found: SetupError[] = [];

  add(what: string, remedy: string, who: Mender): void {
    this.found.push(new SetupError(what, remedy, { who }));
  }

  /** What is read, or undefined where that failed: then the failure is one of the things that are missing. */
  async attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      this.found.push(explained(error));
      return undefined;
    }
  }

  get none(): boolean {
    return this.found.length === 0;
  }
}

/** The command cannot go on, and has changed nothing. */
export class NotReady extends Error {
  constructor(readonly missing: SetupError[]) {
    super(missing.map(({ message }) => message).join('\n'));
    this.name = 'NotReady';
  }
}
