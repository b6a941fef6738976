import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { version } from '../../../package.json';
import type { AgentNetwork } from '../../../src/agent-network';
import { TaskError } from '../../../src/errors';
import { type HttpOutcome, type HttpRequest, nodeRuntime, type Runtime } from '../../../src/http/runtime';
import { certificate } from '../../dev/emulator/certificate';

const plain: AgentNetwork = { skipCertificateValidation: false };
const mebibyte = 1024 * 1024;

describe('runtime', () => {
  const servers: { close(): unknown; sockets: Set<Socket> }[] = [];
  const runtimes: Runtime[] = [];
  const environment = { ...process.env };

  afterEach(() => {
    for (const runtime of runtimes.splice(0)) runtime.close();
    for (const { close, sockets } of servers.splice(0)) {
      close();
      for (const socket of sockets) socket.destroy();
    }
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'NO_PROXY']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
  });

  function open(network: AgentNetwork = plain, onInterrupt = (_: () => void) => () => {}): Runtime {
    const runtime = nodeRuntime(network, onInterrupt);
    runtimes.push(runtime);
    return runtime;
  }

  async function listen(
    server: Pick<Server, 'listen' | 'close' | 'address' | 'on'>,
    host: string,
  ): Promise<{ url: string; sockets: Set<Socket> }> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    servers.push({ close: () => server.close(), sockets });
    const { port } = server.address() as AddressInfo;
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, sockets };
  }

  const serve = (listener: RequestListener, host = '127.0.0.1') => listen(createServer(listener), host);

  /** A server that writes bytes of its own. */
  const speak = (speakTo: (socket: Socket) => void) =>
    listen(
      createTcpServer(
        (socket) => void socket.on('error', () => {}).once('data', () => speakTo(socket)),
      ) as unknown as Server,
      '127.0.0.1',
    );

  const get = (url: string, change: Partial<HttpRequest> = {}): HttpRequest => ({
    method: 'GET',
    url,
    headers: {},
    timeout: 5000,
    maxBytes: 1024 * 1024,
    ...change,
  });

  function isAnswer(outcome: HttpOutcome): asserts outcome is HttpOutcome & { kind: 'answer' } {
    assert.equal(outcome.kind, 'answer', JSON.stringify(outcome));
  }

  describe('a request', () => {
    it('arrives as it was sent, with the version of the extension', async () => {
      let received: IncomingMessage | undefined;
      let body = '';
      const { url } = await serve((request, response) => {
        received = request;
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () =>
          response.writeHead(201, { 'X-Thing': 'yes', 'Set-Cookie': ['a=1', 'b=2'] }).end('héllo'),
        );
      });
      const outcome = await open().send({
        method: 'POST',
        url: `${url}/a/b?c=d%20e`,
        headers: { Authorization: 'Bearer abc', 'Content-Type': 'application/json' },
        body: '{"ü":1}',
        timeout: 5000,
        maxBytes: 1024 * 1024,
      });
      isAnswer(outcome);
      assert.equal(outcome.status, 201);
      assert.equal(outcome.body, 'héllo');
      assert.equal(outcome.headers['x-thing'], 'yes');
      assert.equal(outcome.headers['set-cookie'], 'a=1');
      assert.equal(received?.method, 'POST');
      assert.equal(received?.url, '/a/b?c=d%20e');
      assert.equal(received?.headers.authorization, 'Bearer abc');
      assert.equal(received?.headers['content-length'], '8');
      assert.equal(received?.headers['user-agent'], `agent-pool-token/${version}`);
      assert.equal(body, '{"ü":1}');
    });

    for (const method of ['GET', 'DELETE'] as const) {
      it(`with ${method} has no body`, async () => {
        let received: IncomingMessage | undefined;
        const { url } = await serve((request, response) => {
          received = request;
          request.resume().on('end', () => response.writeHead(204).end());
        });
        const outcome = await open().send(get(url, { method }));
        isAnswer(outcome);
        assert.equal(outcome.status, 204);
        assert.equal(outcome.body, '');
        assert.equal(received?.method, method);
        assert.ok([undefined, '0'].includes(received?.headers['content-length']));
      });
    }

    it('reaches an IPv6 host, whose brackets belong to the URL alone', async function () {
      const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
      if (!ipv6) {
        console.log('      (this machine has no IPv6)');
        this.skip();
      }
      const { url } = await serve((_, response) => response.end('six'), '::1');
      const outcome = await open().send(get(url));
      isAnswer(outcome);
      assert.equal(outcome.body, 'six');
    });

    it('follows no redirect', async () => {
      const paths: (string | undefined)[] = [];
      const { url } = await serve((request, response) => {
        paths.push(request.url);
        response.writeHead(Number(request.url?.slice(1)), { Location: '/elsewhere' }).end('moved');
      });
      for (const status of [301, 302, 303, 307, 308]) {
        const outcome = await open().send(get(`${url}/${status}`, { headers: { Authorization: 'x' } }));
        isAnswer(outcome);
        assert.equal(outcome.status, status);
        assert.equal(outcome.headers.location, '/elsewhere');
      }
      assert.deepEqual(paths, ['/301', '/302', '/303', '/307', '/308']);
    });

    it('is sent once, for any status', async () => {
      let count = 0;
      const { url } = await serve((_, response) => {
        count += 1;
        response.writeHead(503).end();
      });
      const outcome = await open().send(get(url));
      isAnswer(outcome);
      assert.equal(outcome.status, 503);
      assert.equal(count, 1);
    });

    it('is not repeated for a challenge to authenticate', async () => {
      let count = 0;
      const { url } = await serve((_, response) => {
        count += 1;
        response.writeHead(401, { 'WWW-Authenticate': 'Negotiate' }).end();
      });
      const outcome = await open().send(get(url));
      isAnswer(outcome);
      assert.equal(outcome.status, 401);
      assert.equal(count, 1);
    });

    it('to loopback ignores proxies, those of the environment and that of the agent', async () => {
      let proxied = 0;
      const proxy = await serve((_, response) => {
        proxied += 1;
        response.end('proxy');
      });
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) process.env[name] = proxy.url;
      delete process.env.NO_PROXY;
      const { url } = await serve((_, response) => response.end('direct'));
      for (const network of [
        plain,
        { ...plain, proxy: { url: proxy.url, username: 'me', password: 'pw', bypass: [] } },
      ]) {
        const outcome = await open(network).send(get(url));
        isAnswer(outcome);
        assert.equal(outcome.body, 'direct');
      }
      assert.equal(proxied, 0);
    });

    it('to another host goes through the proxy of the agent, with its credentials', async () => {
      const tunnels: [string | undefined, string | undefined][] = [];
      const server = createServer();
      server.on('connect', (request: IncomingMessage, socket: Socket) => {
        tunnels.push([request.url, request.headers['proxy-authorization']]);
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      });
      const { url } = await listen(server, '127.0.0.1');
      const network = { ...plain, proxy: { url, username: 'me', password: 'pw', bypass: [] } };
      const outcome = await open(network).send(get('https://dev.azure.com/fabrikam'));
      assert.equal(outcome.kind, 'broken');
      assert.deepEqual(tunnels, [['dev.azure.com:443', `Basic ${Buffer.from('me:pw').toString('base64')}`]]);
    });

    for (const [pattern, exempts] of [
      ['^https://0\\.0\\.0\\.0:1$', true],
      ['0.0.0', true],
      ['HTTPS', true],
      ['fabrikam', false],
      ['^http:', false],
      ['/$', false],
    ] as const) {
      it(`${exempts ? 'goes past' : 'goes through'} the proxy of the agent, where that exempts ${pattern}`, async () => {
        const { url } = await speak((socket) => void socket.end('HTTP/1.1 403 No\r\n\r\n'));
        const network = { ...plain, proxy: { url, bypass: ['^ftp:', pattern] } };
        // An address at which no server listens, and which is not exempt by itself as loopback is.
        const outcome = await open(network).send(get('https://0.0.0.0:1/fabrikam/'));
        assert.ok(outcome.kind === 'broken');
        assert.equal(outcome.atProxy ?? false, !exempts);
      });
    }

    it('over plain HTTP goes to no host but loopback, not even through a proxy', async () => {
      const proxy = await serve((_, response) => response.end('proxy'));
      for (const network of [plain, { ...plain, proxy: { url: proxy.url, bypass: [] } }]) {
        const outcome = await open(network).send(get('http://dev.azure.com/fabrikam'));
        assert.ok(outcome.kind === 'broken');
        assert.equal(outcome.reason, 'ERR_INVALID_PROTOCOL');
      }
    });

    it('that is given up ends at once, and its connection with it', async () => {
      const { url, sockets } = await serve(() => {});
      const stop = new AbortController();
      const sending = open().send(get(url, { signal: stop.signal, timeout: 60_000 }));
      while (sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      const outcome = await sending;
      assert.equal(outcome.kind, 'broken', JSON.stringify(outcome));
      await untilEmpty(sockets);
    });

    it('that was given up before it is sent reaches no server', async () => {
      let count = 0;
      const { url } = await serve((_, response) => {
        count += 1;
        response.end();
      });
      const runtime = open();
      const outcome = await runtime.send(get(url, { signal: AbortSignal.abort() }));
      assert.equal(outcome.kind, 'broken', JSON.stringify(outcome));
      // Once this one is answered, the server has what was sent before it.
      isAnswer(await runtime.send(get(url)));
      assert.equal(count, 1);
    });

    it('that is never given up still has its deadline', async () => {
      const { url } = await serve(() => {});
      const outcome = await open().send(get(url, { signal: new AbortController().signal, timeout: 50 }));
      assert.deepEqual(outcome, { kind: 'timed-out' });
    });

    it('that is sent beside others does not mix up their deadlines', async () => {
      const { url } = await serve((request, response) => {
        if (request.url !== '/hang') response.end(request.url);
      });
      const runtime = open();
      const [hung, ...others] = await Promise.all([
        runtime.send(get(`${url}/hang`, { timeout: 80 })),
        runtime.send(get(`${url}/1`)),
        runtime.send(get(`${url}/2`)),
      ]);
      assert.deepEqual(hung, { kind: 'timed-out' });
      assert.deepEqual(
        others.map((outcome) => outcome.kind === 'answer' && outcome.body),
        ['/1', '/2'],
      );
    });
  });

  describe('an answer', () => {
    it('may be 1 MiB', async () => {
      const { url } = await serve((_, response) => response.end('x'.repeat(mebibyte)));
      const outcome = await open().send(get(url));
      isAnswer(outcome);
      assert.equal(outcome.body.length, mebibyte);
    });

    it('that is larger is cut off while it streams, and the connection with it', async () => {
      let written = 0;
      const { url, sockets } = await serve((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
        };
        response.on('drain', more);
        more();
      });
      assert.deepEqual(await open().send(get(url)), { kind: 'too-large' });
      assert.ok(written < 32 * mebibyte, String(written));
      await untilEmpty(sockets);
    });

    it('counts bytes, not characters, and puts characters together across chunks', async () => {
      const { url } = await serve((_, response) => {
        const bytes = Buffer.from('aé😀');
        for (const byte of bytes) response.write(Buffer.of(byte));
        response.end();
      });
      const outcome = await open().send(get(url));
      isAnswer(outcome);
      assert.equal(outcome.body, 'aé😀');
    });

    for (const [what, listener] of [
      ['never comes', () => {}],
      ['stops after its headers', (_, response) => void response.writeHead(200).flushHeaders()],
      [
        'drips',
        (_, response) => {
          const drip = setInterval(() => response.write('.'), 10);
          response.on('close', () => clearInterval(drip));
        },
      ],
    ] as [string, (request: IncomingMessage, response: ServerResponse) => void][]) {
      it(`that ${what} ends at the deadline, not when the line falls idle`, async () => {
        const { url, sockets } = await serve(listener);
        const started = Date.now();
        assert.deepEqual(await open().send(get(url, { timeout: 100 })), { kind: 'timed-out' });
        const took = Date.now() - started;
        assert.ok(took >= 95 && took < 1000, String(took));
        await untilEmpty(sockets);
      });
    }

    for (const [what, bytes] of [
      ['is cut off in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of'],
      ['is cut off in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf of'],
      ['is cut off in its headers', 'HTTP/1.1 200 OK\r\nContent-Len'],
      ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
      ['has headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
      ['is empty', ''],
    ] as const) {
      it(`that ${what} is broken`, async () => {
        const { url } = await speak((socket) => void socket.end(bytes));
        const outcome = await open().send(get(url));
        assert.ok(outcome.kind === 'broken', JSON.stringify(outcome));
        assert.match(outcome.reason, /^[A-Z_]+$/);
      });
    }

    it('that is reset is broken', async () => {
      const { url } = await speak((socket) => void socket.resetAndDestroy());
      assert.deepEqual(await open().send(get(url)), { kind: 'broken', reason: 'ECONNRESET' });
    });

    it('of no server is broken', async () => {
      const server = createServer();
      const { url } = await listen(server, '127.0.0.1');
      await new Promise((resolve) => server.close(resolve));
      assert.deepEqual(await open().send(get(url)), { kind: 'broken', reason: 'ECONNREFUSED' });
    });

    it('to what cannot be sent is broken, without the address or the secret in its reason', async () => {
      const runtime = open();
      for (const request of [
        get('not a URL'),
        get('http://127.0.0.1:1/x', { headers: { Authorization: 'two\r\nlines' } }),
      ]) {
        const outcome = await runtime.send(request);
        assert.ok(outcome.kind === 'broken', JSON.stringify(outcome));
        assert.match(outcome.reason, /^[A-Z_]+$/);
      }
    });

    it('to a request after close is broken, and reaches no server', async () => {
      const runtime = open();
      runtime.close();
      assert.deepEqual(await runtime.send(get('http://127.0.0.1:1')), { kind: 'broken', reason: 'closed' });
    });
  });

  describe('a connection', () => {
    it('is used again, and let go of by close', async () => {
      const ports = new Set<number | undefined>();
      const { url, sockets } = await serve((request, response) => {
        ports.add(request.socket.remotePort);
        response.end('{}');
      });
      const runtime = open();
      for (let count = 0; count < 3; count++) isAnswer(await runtime.send(get(url)));
      assert.equal(ports.size, 1);
      assert.equal(sockets.size, 1);
      runtime.close();
      await untilEmpty(sockets);
    });
  });

  describe('a connection whose certificate is not trusted', () => {
    const serveTls = async () => {
      const server = createTlsServer(certificate, (_, response) => response.end('{}'));
      const { url } = await listen(server as unknown as Server, '127.0.0.1');
      return url.replace('http:', 'https:');
    };
    const expected = new X509Certificate(certificate.cert);

    it('is broken, with what its certificate says', async () => {
      const outcome = await open().send(get(await serveTls()));
      assert.ok(outcome.kind === 'broken' && outcome.certificate, JSON.stringify(outcome));
      assert.equal(outcome.reason, 'DEPTH_ZERO_SELF_SIGNED_CERT');
      assert.equal(outcome.atProxy, undefined);
      const { subject, issuer, validFrom, validTo, names } = outcome.certificate;
      assert.equal(subject, expected.subject);
      assert.equal(issuer, expected.issuer);
      assert.equal(validFrom, expected.validFrom);
      assert.equal(validTo, expected.validTo);
      assert.ok(names.includes('127.0.0.1'));
    });

    it('is broken at a proxy that is reached over TLS, with what that says', async () => {
      const network = { ...plain, proxy: { url: await serveTls(), bypass: [] } };
      const outcome = await open(network).send(get('https://organization.example/'));
      assert.ok(outcome.kind === 'broken' && outcome.atProxy, JSON.stringify(outcome));
      assert.equal(outcome.certificate?.subject, expected.subject);
      assert.equal(outcome.proxy, new URL(network.proxy.url).host);
    });
  });

  describe('a connection through a proxy', () => {
    for (const [url, name] of [
      ['http://255.255.255.255', '255.255.255.255:80'],
      ['https://255.255.255.255', '255.255.255.255:443'],
      ['http://[::1]:1', '[::1]:1'],
    ] as const) {
      it(`that cannot be reached is broken, with its name: ${url}`, async () => {
        const outcome = await open({ ...plain, proxy: { url, bypass: [] } }).send(get('https://[2001:db8::1]/'));
        assert.ok(outcome.kind === 'broken' && outcome.atProxy, JSON.stringify(outcome));
        assert.equal(outcome.proxy, name);
        assert.match(outcome.reason, /^E[A-Z_]+$/);
      });
    }

    const behind = (url: string): AgentNetwork => ({ ...plain, proxy: { url, bypass: [] } });

    it('is used again, and let go of by close', async () => {
      let tunnels = 0;
      const target = await listen(
        createTlsServer(certificate, (_, response) => response.end('{}')) as unknown as Server,
        '127.0.0.1',
      );
      const server = createServer();
      server.on('connect', (_: IncomingMessage, socket: Socket) => {
        tunnels++;
        const onward = connect(Number(new URL(target.url).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          onward.pipe(socket).pipe(onward);
        });
        for (const end of [socket, onward]) end.on('error', () => {}).on('close', () => onward.destroy());
      });
      const proxy = await listen(server, '127.0.0.1');
      const runtime = open({ ...behind(proxy.url), skipCertificateValidation: true });
      for (let count = 0; count < 3; count++) isAnswer(await runtime.send(get('https://organization.example/')));
      assert.equal(tunnels, 1);
      runtime.close();
      await untilEmpty(proxy.sockets);
    });

    it('that the proxy refuses is broken, with its status and the name of the proxy', async () => {
      const { url } = await speak((socket) => void socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'));
      assert.deepEqual(await open(behind(url)).send(get('https://organization.example/')), {
        kind: 'broken',
        reason: '407',
        atProxy: true,
        proxyStatus: 407,
        proxy: new URL(url).host,
      });
    });

    it('that never comes about ends at the deadline, and does not hold the process up', async function () {
      this.timeout(300_000);
      const server = createServer();
      server.on('connect', (_: IncomingMessage, socket: Socket) => void socket.resume().on('end', () => socket.end()));
      const { url, sockets } = await listen(server, '127.0.0.1');
      const runtime = open(behind(url));
      const outcome = await runtime.send(get('https://organization.example/', { timeout: 100 }));
      assert.deepEqual(outcome, { kind: 'timed-out', proxy: new URL(url).host });
      runtime.close();
      await untilEmpty(sockets);
    });
  });

  describe('the machine', () => {
    it('has the time', () => {
      const before = Date.now();
      const now = open().now();
      assert.ok(now >= before && now <= Date.now());
    });

    it('sleeps', async () => {
      const started = performance.now();
      await open().sleep(20);
      assert.ok(performance.now() - started >= 18);
    });

    it('sleeps no longer than until it is woken', async function () {
      this.timeout(300_000);
      const stop = new AbortController();
      const sleeping = open().sleep(3_600_000, stop.signal);
      stop.abort();
      await sleeping;
      await open().sleep(3_600_000, stop.signal);
    });

    it('leaves nothing behind at a signal that it slept under', async () => {
      const stop = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = stop.signal;
      stop.signal.addEventListener = (...given: Parameters<AbortSignal['addEventListener']>) => {
        listeners += 1;
        addEventListener.apply(stop.signal, given);
      };
      stop.signal.removeEventListener = (...given: Parameters<AbortSignal['removeEventListener']>) => {
        listeners -= 1;
        removeEventListener.apply(stop.signal, given);
      };
      for (let count = 0; count < 20; count++) await open().sleep(0, stop.signal);
      assert.equal(listeners, 0);
    });

    it('hears a request to stop until it is closed', () => {
      const listeners = new Set<() => void>();
      const runtime = open(plain, (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      });
      let heard = 0;
      runtime.onInterrupt(() => {
        heard += 1;
      });
      for (const listener of listeners) listener();
      assert.equal(heard, 1);
      runtime.close();
      assert.equal(listeners.size, 0);
    });

    it('has clocks that go forward in milliseconds', async () => {
      const runtime = open();
      const [monotonic, uptime] = [runtime.monotonic(), runtime.uptime()];
      await runtime.sleep(30);
      assert.ok(runtime.monotonic() - monotonic >= 29);
      assert.ok(runtime.uptime() - uptime >= 0 && runtime.uptime() - uptime < 10_000);
    });

    it('draws random bytes', () => {
      const bytes = open().randomBytes(32);
      assert.equal(bytes.length, 32);
      assert.notDeepEqual(bytes, open().randomBytes(32));
    });

    it('reads no authority where any certificate is accepted, and every other file', () => {
      open({ skipCertificateValidation: true, certificates: { caFile: '/does/not/exist.pem' } });
      for (const certificates of [{ caFile: '/does/not/exist.pem' }, { certFile: '/does/not/exist.pem' }]) {
        assert.throws(
          () => open({ skipCertificateValidation: 'certFile' in certificates, certificates }),
          (error) => error instanceof TaskError && error.code === 'network' && error.message.includes('(ENOENT)'),
        );
      }
    });
  });
});

/** Waits for the other side to notice that its connections are gone. */
async function untilEmpty(sockets: Set<Socket>): Promise<void> {
  for (let tries = 0; sockets.size > 0; tries++) {
    assert.ok(tries < 100, 'the connection is still open');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
