import type { SignIns } from '../../setup/administrator';
import { Interruption } from '../../setup/interruption';
import { runCommand } from '../../setup/run-command';
import { Terminal } from '../../setup/terminal';

/** What the streams of this process are given goes to a function in place of the terminal, as long as something is done. */
export async function withOutputTo<T>(collect: (text: string) => void, act: (terminal: Terminal) => Promise<T>) {
  const { stdout, stderr } = process;
  const [write, writeError] = [stdout.write, stderr.write];
  const taken = (text: unknown) => {
    collect(String(text));
    return true;
  };
  const stream = { write: taken } as unknown as NodeJS.WriteStream;
  // The progress goes to the streams of the process.
  stdout.write = taken as typeof write;
  stderr.write = taken as typeof writeError;
  try {
    return await act(new Terminal(process.stdin, stream, stream));
  } finally {
    stdout.write = write;
    stderr.write = writeError;
  }
}

/** Who is signed in, and what ends the command before its time. */
interface Around {
  signIns: SignIns;
  interruption?: Interruption;
}

/** Runs the command in this process, where no page opens and no person is at the terminal. @returns the exit code. */
export async function runInProcess(
  words: string[],
  { signIns, interruption = new Interruption() }: Around,
  collect: (text: string) => void,
) {
  const { BROWSER } = process.env;
  process.env.BROWSER = 'none';
  try {
    return await withOutputTo(collect, (terminal) =>
      runCommand(words, { terminal, interruption, environment: {}, signIns: () => signIns }),
    );
  } finally {
    if (BROWSER === undefined) delete process.env.BROWSER;
    else process.env.BROWSER = BROWSER;
  }
}
