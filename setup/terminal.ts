import { createInterface } from 'node:readline/promises';
import { Interrupted } from './failure';
import type { Interruption } from './interruption';

/** A text without control characters, except line breaks: other people choose the names in it, and a terminal obeys them. */
export function withoutControls(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, ' ');
}

/** The person at the terminal, or a log, which answers nothing. */
export class Terminal {
  constructor(
    readonly input: NodeJS.ReadStream,
    readonly output: NodeJS.WriteStream,
    readonly errors: NodeJS.WriteStream,
  ) {}

  say(line = ''): void {
    this.output.write(`${withoutControls(line)}\n`);
  }

  warn(line: string): void {
    this.errors.write(`${withoutControls(line)}\n`);
  }

  /** Whether there is a person who can answer. */
  get answers(): boolean {
    return this.input.isTTY === true && this.output.isTTY === true;
  }

  /** Asks a question whose usual answer is no. @throws Interrupted on Ctrl+C. */
  async confirm(question: string, interruption: Interruption): Promise<boolean> {
    const reader = createInterface({ input: this.input, output: this.output });
    // At a prompt the terminal hands Ctrl+C to the reader and sends no signal.
    reader.once('SIGINT', () => interruption.interrupt());
    try {
      const answer = await reader.question(`${question} [y/N] `, { signal: interruption.signal });
      return /^y(es)?$/i.test(answer.trim());
    } catch (cause) {
      if (interruption.signal.aborted) throw new Interrupted();
      throw cause;
    } finally {
      reader.close();
    }
  }
}
