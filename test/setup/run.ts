import type { ChildProcess } from 'node:child_process';
import type { User } from '../../dev/emulator/directory/entities';
import { followSignIn } from '../../dev/person';
import { WatchedProcesses } from './watched-processes';

/** How a run of the command ended. */
export interface Ended {
  code: number | null;
  /** What stood on the terminal, both streams in order. */
  output: string;
}

/** The sign-in of the user, as soon as its page stands on the terminal. */
export class FollowedSignIn {
  /** Why it did not succeed. */
  failure = '';
  #followed = false;

  constructor(readonly user: User) {}

  follow(output: string): void {
    const address = /^ +(http:\S+\/authorize\?\S+)$/m.exec(output)?.[1];
    if (this.#followed || address === undefined) return;
    this.#followed = true;
    followSignIn(address, this.user).catch((error: Error) => {
      this.failure = `\nThe sign-in failed: ${error.message}`;
    });
  }
}

/** One run of the command in a process of its own. */
export class Run {
  output = '';
  /** Questions that were asked, and answered with yes. */
  questions = 0;
  /** Whether the user signs in as soon as the command shows the page. */
  signsIn = true;
  readonly ended: Promise<Ended>;
  readonly #signIn: FollowedSignIn;

  constructor(
    readonly child: ChildProcess,
    user: User,
  ) {
    this.#signIn = new FollowedSignIn(user);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#answer(text);
        if (this.signsIn) this.#signIn.follow(this.output);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, output: this.output + this.#signIn.failure }));
    });
  }

  /** Resolves to how it ended, and to command lines and environments of its processes, as the system listed them meanwhile. */
  async watched(): Promise<Ended & { processes: string }> {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('The command did not start');
    const watched = new WatchedProcesses(pid);
    const ended = await this.ended;
    return { ...ended, processes: watched.stop() };
  }

  /** Resolves once a text stands on the terminal. */
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`The command ended before "${text}":\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #answer(text: string): void {
    if (!text.includes('[y/N]')) return;
    this.questions++;
    this.child.stdin?.write('y\n');
  }
}
