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
