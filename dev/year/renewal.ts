import type { Emulator, ServiceEndpoint } from '../emulator';
import type { JobOptions, JobResult } from '../job-runner';
import type { Trouble } from './calendar';

/** One renewal, and the trouble that it meets. */
export class Renewal {
  #processId: number | undefined;
  #wasMet = false;

  constructor(
    readonly emulator: Emulator,
    readonly endpoint: ServiceEndpoint,
    readonly trouble: Trouble | undefined,
  ) {}

  get isTroubled(): boolean {
    return this.trouble !== undefined;
  }

  /** Runs the job of the renewal while the trouble lasts, and mends the services after it. */
  async during(run: (options: Partial<JobOptions>) => Promise<JobResult>): Promise<JobResult> {
    this.#begin();
    try {
      return await run({
        onCommand: (_, { processId }) => {
          this.#processId = processId;
        },
      });
    } finally {
      this.#end();
    }
  }

  #begin(): void {
    const { emulator, endpoint, trouble } = this;
    const { oid } = emulator.state.collection.buildService;
    if (trouble === 'the writer has lost its role') delete endpoint.collectionRoles[oid];
    if (trouble === 'Entra refuses the sign-in') {
      emulator.plan({ operation: 'entra.token', times: 1000, answer: { aadsts: 53003 } });
    }
    // The first sign-in is the one that gets the new token.
    if (trouble === 'the machine dies before the write') this.#killAt('entra.token');
    if (trouble === 'the machine dies after the write') this.#killAt('endpoints.update');
  }

  #killAt(operation: string): void {
    this.emulator.onRequest = (record, phase) => {
      if (this.#wasMet || record.operation !== operation || phase !== 'effected') return;
      this.#wasMet = true;
      if (this.#processId !== undefined) process.kill(this.#processId, 'SIGKILL');
    };
  }

  #end(): void {
    const { emulator, endpoint } = this;
    emulator.recover();
    emulator.onRequest = undefined;
    endpoint.collectionRoles[emulator.state.collection.buildService.oid] = 'Administrator';
  }
}
