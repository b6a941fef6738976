import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Calls } from './services';

type Result<Name extends keyof Calls> = Awaited<ReturnType<Calls[Name]>>;

/** The emulated services in a process of their own, so that jobs and services do not wait for each other's turn. */
export class ServicesProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  constructor() {
    this.#process = fork(join(__dirname, 'services.ts'));
    this.#process.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
      if (error === undefined) this.#waiting.get(id)?.resolve(result);
      else this.#waiting.get(id)?.reject(new Error(error));
      this.#waiting.delete(id);
    });
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The services ended too early.'));
    });
  }

  call<Name extends keyof Calls>(name: Name, argument?: Parameters<Calls[Name]>[0]): Promise<Result<Name>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, argument });
    });
  }

  close(): void {
    this.#process.kill();
  }
}
