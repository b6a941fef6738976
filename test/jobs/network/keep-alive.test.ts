import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Emulator } from '../../../dev/emulator';
import type { Authority } from '../../support/certificates';
import { type Outcome, runTask, type TaskRun } from '../../support/job';
import { assertMinted, ProxiedServices } from '../../support/proxied-services';

/**
 * Milliseconds that a step may take to end after its last answer. A busy machine needs some; a connection that was kept
 * open would hold the process up for the five seconds for which the services keep it, less the one by which Node is
 * careful.
 */
const mostAfterLastAnswer = 1500;

/** Passes on what clients say to the services, and counts their connections. */
class Relay {
  connections = 0;
  target = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket: Socket) => {
      this.connections++;
      const onward = connect(this.target, '127.0.0.1');
      onward.pipe(socket).pipe(onward);
      for (const end of [socket, onward]) end.on('error', () => {}).on('close', () => onward.destroy());
    });
  }

  static async start(): Promise<Relay> {
    const relay = new Relay();
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

/** Notes when the services answered and when the steps ended. */
class Clock {
  #answered = 0;
  /** Milliseconds between the last answer to a step and its end, main first. */
  readonly waits: number[] = [];

  watch(emulator: Emulator): void {
    emulator.onRequest = (_, phase) => {
      if (phase === 'answered') this.#answered = performance.now();
    };
  }

  readonly onLine = (line: string) => {
    if (/^##\[section\]Finishing: (Post-job: )?Mint$/.test(line)) this.waits.push(performance.now() - this.#answered);
  };

  assertPrompt(): void {
    const times = this.waits.map((wait) => `${Math.round(wait)} ms`).join(' and ');
    assert.equal(this.waits.length, 2);
    assert.ok(
      this.waits.every((wait) => wait < mostAfterLastAnswer),
      times,
    );
    console.log(`      main and post end ${times} after their last answer`);
  }
}

describe('a connection that the services keep open', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let authority: Authority;

  before(async () => {
    services = await ProxiedServices.start();
    authority = services.authority;
  });

  after(() => services?.close());

  for (const protocol of ['http', 'https'] as const) {
    it(`over ${protocol} is used for the whole of a step, and does not hold up its end`, async () => {
      const clock = new Clock();
      const relay = await Relay.start();
      const plan = (emulator: Emulator): TaskRun => {
        relay.target = Number(new URL(emulator.url).port);
        clock.watch(emulator);
        const url = `${protocol}://${relay.host}`;
        return {
          connection: { url: `${url}/${emulator.state.organization}`, data: { authorityUrl: url } },
          options: { onLine: clock.onLine, variables: { 'Agent.CAInfo': authority.file } },
        };
      };
      let outcome: Outcome;
      try {
        outcome = await runTask(plan, protocol === 'https' ? { tls: authority.issue(['127.0.0.1']) } : {});
      } finally {
        relay.close();
      }
      assertMinted(outcome);
      assert.equal(outcome.requests.length, 5);
      assert.equal(relay.connections, 3, 'one for post, and two for main, whose create has one of its own');
      clock.assertPrompt();
    });
  }

  it('through a proxy is used for the whole of a step, and does not hold up its end', async () => {
    const clock = new Clock();
    const proxy = `http://127.0.0.1:${services.internet.port}`;
    const outcome = await services.run(
      { 'Agent.ProxyUrl': proxy },
      { password: '', prepare: (emulator) => clock.watch(emulator), options: { onLine: clock.onLine } },
    );
    assertMinted(outcome);
    assert.equal(services.internet.tunnels.length, 5);
    clock.assertPrompt();
  });
});
