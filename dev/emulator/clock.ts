import { setTimeout as wait } from 'node:timers/promises';

/** What passes of time: the machine's own, or one that a test lets pass. Milliseconds throughout. */
export interface Time {
  /** Since 1970, UTC. */
  now(): number;
  /** Since some moment; never goes backwards, and does not follow the wall clock. */
  uptime(): number;
  /** Resolves when so much time has passed, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realTime: Time = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }).catch(() => undefined),
};

interface Sleeper {
  until: number;
  end: () => void;
}

/** Time that passes only while everybody in the process waits, and then at once. */
export class VirtualTime implements Time {
  #elapsed = 0;
  #wall: number;
  #sleepers: Sleeper[] = [];
  #passing = false;

  constructor(start: number) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  uptime(): number {
    return this.#elapsed;
  }

  /** Sets the wall clock, as an administrator or NTP does. What sleeps is not woken by that. */
  set(now: number): void {
    this.#wall = now - this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        signal?.removeEventListener('abort', end);
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const sleeper = { until: this.#elapsed + milliseconds, end };
      signal?.addEventListener('abort', end);
      this.#add(sleeper);
    });
  }

  /** Does something as soon as so much time has passed. */
  later(milliseconds: number, action: () => void): void {
    this.#add({ until: this.#elapsed + milliseconds, end: action });
  }

  #add(sleeper: Sleeper): void {
    this.#sleepers.push(sleeper);
    this.#letTimePass();
  }

  /** Wakes the next sleeper once nothing else is left to do in this process. */
  #letTimePass(): void {
    if (this.#passing) return;
    this.#passing = true;
    setImmediate(() => {
      this.#passing = false;
      const [next] = this.#sleepers.sort((one, other) => one.until - other.until);
      if (!next) return;
      this.#sleepers.shift();
      this.#elapsed = Math.max(this.#elapsed, next.until);
      next.end();
      this.#letTimePass();
    });
  }
}

/** The services' own clock, which may differ from every other machine's. */
export class Clock {
  #offset = 0;

  constructor(readonly time: Time) {}

  now(): number {
    return this.time.now() + this.#offset;
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  set(now: number): void {
    this.#offset = now - this.time.now();
  }
}
