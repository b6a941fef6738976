import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Authority, type KeyPair } from '../../support/certificates';
import { assertRefused } from '../../support/expect';
import { fastTime } from '../../support/fast-time';
import { agentBehind, assertMinted, assertNamesProxy, ProxiedServices } from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';

/** Lets a proxy be reached over TLS. */
class TlsFront {
  /** How many clients have trusted it. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  private constructor(tls: KeyPair, proxy: RealProxy) {
    this.#server = createServer(tls, (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      const onward = connect(proxy.port, '127.0.0.1');
      onward.pipe(socket).pipe(onward);
      for (const end of [socket, onward]) end.on('error', () => {}).on('close', () => onward.destroy());
    });
    this.#server.on('tlsClientError', () => {});
  }

  static async start(tls: KeyPair, proxy: RealProxy): Promise<TlsFront> {
    const front = new TlsFront(tls, proxy);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

describe('behind a proxy that is reached over TLS', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let proxy: RealProxy;
  let stranger: Authority;
  const fronts: TlsFront[] = [];

  before(async function () {
    this.timeout(300_000);
    services = await ProxiedServices.start();
    proxy = await RealProxy.start(services.internet);
    stranger = new Authority('Stranger Authority');
  });

  after(async () => {
    for (const front of fronts) front.close();
    await proxy?.close();
    await services?.close();
    stranger?.dispose();
  });

  async function front(tls: KeyPair): Promise<TlsFront> {
    const started = await TlsFront.start(tls, proxy);
    fronts.push(started);
    return started;
  }

  it('a token is minted and revoked through it, with one tunnel for each host and step', async () => {
    const { name } = await front(services.authority.issue(['127.0.0.1']));
    const outcome = await services.run(agentBehind(`https://${name}`));
    assertMinted(outcome);
    assert.equal(services.internet.tunnels.length, 5);
  });

  it('the proxy of the environment may be one, with its credentials', async () => {
    services.internet.tunnels.length = 0;
    const { name } = await front(services.authority.issue(['localhost']));
    const host = name.replace('127.0.0.1', 'localhost');
    const url = `https://${RealProxy.username}:${RealProxy.password}@${host}`;
    const processEnvironment = { PATH: process.env.PATH, https_proxy: url };
    assertMinted(await services.run({}, { password: '', options: { processEnvironment } }));
    assert.equal(services.internet.tunnels.length, 5);
  });

  it('its password is not sent to one whose certificate is not trusted, and the message names the issuer', async () => {
    const fake = await front(stranger.issue(['127.0.0.1']));
    const outcome = await services.run(agentBehind(`https://${fake.name}`));
    assertRefused(
      outcome,
      'network',
      `the proxy ${fake.name} presents a certificate with subject "O=Contoso, CN=127.0.0.1"`,
      'issuer "O=Contoso, CN=Stranger Authority"',
      '--sslcacert',
    );
    assertNamesProxy(outcome, fake.name);
    assert.ok(!outcome.main.message?.includes('tries'));
    assert.equal(fake.connections, 0);
  });

  it('one whose certificate is for another host is reported', async () => {
    const { name } = await front(services.authority.issue(['proxy.contoso.example']));
    const outcome = await services.run(agentBehind(`https://${name}`));
    assertRefused(outcome, 'network', `the proxy ${name} presents`, 'for other hosts: "proxy.contoso.example"');
  });

  it('one that does not speak TLS is reported', async () => {
    const plain = createHttpServer();
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    try {
      const name = `127.0.0.1:${(plain.address() as AddressInfo).port}`;
      const outcome = await services.run(agentBehind(`https://${name}`), {
        options: { processEnvironment: fastTime() },
      });
      assertRefused(outcome, 'network', `the connection to the proxy ${name} failed`, '--proxyurl');
      assertNamesProxy(outcome, name);
    } finally {
      plain.close();
    }
  });
});
