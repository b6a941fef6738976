import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../dev/emulator';
import type { User } from '../../dev/emulator/directory/entities';
import { readArguments } from '../../setup/arguments';
import { check } from '../../setup/commands/check';
import { create } from '../../setup/commands/create';
import { remove } from '../../setup/commands/remove';
import { renew } from '../../setup/commands/renew';
import { Interruption } from '../../setup/interruption';
import type { CommandName } from '../../setup/options';
import { machineRuntime } from '../../setup/tools';
import type { Runtime } from '../../src/http/runtime';
import { withOutputTo } from './in-process';

const commands = { create, check, renew, remove };
const manifest = JSON.parse(readFileSync(join(__dirname, '..', '..', 'vss-extension.json'), 'utf8'));
const hour = 3_600_000;
export const agentUpn = 'pool-agent@fabrikam.onmicrosoft.com';

/** An organization without an issuer, whose administrator can sign in to Microsoft Graph in a browser. */
export class AgentScene {
  readonly administrator: User;
  interruption = new Interruption();
  /** What the browser was asked to consent to, each time. */
  readonly consented: string[][] = [];
  /** Whether the administrator signs in there; where that never happens, the command is interrupted meanwhile. */
  signsIn: boolean | 'never' = true;
  output = '';

  private constructor(readonly emulator: Emulator) {
    this.administrator = emulator.addAdministrator();
    emulator.installExtension(manifest);
    emulator.addPipeline('nightly');
  }

  static async open(): Promise<AgentScene> {
    return new AgentScene(await startEmulator());
  }

  /** Runs the command in this process, without a person at the terminal. @returns the exit code. */
  async run(command: CommandName, ...more: string[]): Promise<number> {
    const { emulator } = this;
    const place = ['--organization', emulator.organizationUrl, '--project', emulator.state.project.name];
    const ofCreate = ['--pool', 'Build-Linux', '--user', agentUpn, '--agent-user'];
    const options = readArguments([command, ...place, ...(command === 'create' ? ofCreate : []), ...more]);
    if ('help' in options) throw new Error('This asks for help');
    this.output = '';
    this.interruption = new Interruption();
    const collect = (text: string) => {
      this.output += text;
    };
    return withOutputTo(collect, async (terminal) => {
      const runtime = machineRuntime({}, terminal);
      try {
        const { interruption } = this;
        // What a try waits for is another answer of the emulator, which is there at once.
        const hasty: Runtime = {
          ...runtime,
          sleep: (milliseconds, signal) => runtime.sleep(milliseconds / 20, signal),
        };
        const world = { options, terminal, runtime: hasty, interruption, signIns: () => this.#signIns };
        return await commands[command](world);
      } finally {
        runtime.close();
      }
    });
  }

  /** Operations of the requests that changed something, in order. */
  changes(): string[] {
    return this.emulator.requests
      .filter(({ method, operation }) => !['GET', 'OPTIONS'].includes(method) && operation !== 'entra.token')
      .map(({ operation }) => operation ?? 'unknown');
  }

  /** Interrupts the command as soon as an operation has had its effect. */
  interruptAfter(operation: string): void {
    this.emulator.onRequest = (record, phase) => {
      if (record.operation === operation && phase === 'effected') this.interruption.interrupt();
    };
  }

  get #signIns() {
    const { emulator, administrator } = this;
    const issued = (token: string) => ({ token, expiresOnTimestamp: Date.now() + hour });
    const prefix = 'https://graph.microsoft.com/';
    return {
      programs: {
        getToken: async (scope: string | string[]) =>
          issued(emulator.azureCliToken(administrator, String(scope).startsWith(prefix) ? 'graph' : 'azureDevOps')),
      },
      browser: {
        getToken: async (scopes: string | string[]) => {
          const wanted = [scopes].flat().map((scope) => scope.slice(prefix.length));
          this.consented.push(wanted);
          if (this.signsIn === 'never') {
            setImmediate(() => this.interruption.interrupt());
            return new Promise<never>(() => undefined);
          }
          if (!this.signsIn) throw new Error('The window was closed.');
          return issued(emulator.graphToken(administrator, wanted));
        },
      },
    };
  }
}
