import type { Runtime } from '../src/http/runtime';
import { Interrupted } from './failure';

/** The person, or the machine, ends the command. What it made for a moment is taken away before the process ends. */
export class Interruption {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(): void {
    this.#controller.abort();
  }

  /** Waits, unless the command is interrupted meanwhile, or what is waited for is there. */
  wait(milliseconds: number, isThere?: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      isThere?.then(end, end);
      if (this.signal.aborted) end();
      else this.signal.addEventListener('abort', end);
    });
  }
}

/** How long, how often, and until when something is asked for. */
interface Polling<T> {
  /** Milliseconds. */
  patience: number;
  /** Milliseconds. */
  pause: number;
  /** Whether an answer is the one that is waited for; by default, any is. */
  isDone?: (answer: T) => boolean;
  /** Called before each pause. */
  onWait?: () => void;
}

/**
 * Asks until the answer is the one that is waited for, or the time is up. @returns the last answer.
 * @throws Interrupted where the person ends the command meanwhile: what was not found yet is then no failure.
 */
export async function poll<T>(
  { runtime, interruption }: { runtime: Runtime; interruption: Interruption },
  { patience, pause, isDone = (answer) => answer !== undefined, onWait }: Polling<T>,
  ask: () => Promise<T>,
): Promise<T> {
  for (const end = runtime.monotonic() + patience; ; ) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (interruption.signal.aborted) throw new Interrupted();
    if (runtime.monotonic() > end) return answer;
    onWait?.();
    await interruption.wait(pause);
  }
}
