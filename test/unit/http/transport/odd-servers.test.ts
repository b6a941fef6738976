import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { AgentNetwork } from '../../../../src/agent-network';
import { type HttpOutcome, type HttpRequest, nodeRuntime } from '../../../../src/http/runtime';

const direct: AgentNetwork = { skipCertificateValidation: false };

describe('runtime: odd servers and proxies', () => {
  const open: { close(): unknown; sockets: Set<Socket> }[] = [];

  afterEach(() => {
    for (const { close, sockets } of open.splice(0)) {
      close();
      for (const socket of sockets) socket.destroy();
    }
  });

  async function listen(server: Pick<Server, 'listen' | 'close' | 'address' | 'on'>): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => server.close(), sockets });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const serve = (listener: RequestListener) => listen(createServer(listener));

  /** A server that writes bytes of its own for each request. */
  const speak = (answer: (socket: Socket, request: string) => void) =>
    listen(createTcpServer((socket) => socket.on('data', (data) => answer(socket, String(data)))) as unknown as Server);

  function runtime(network: AgentNetwork = direct) {
    const made = nodeRuntime(network);
    open.push({ close: () => made.close(), sockets: new Set() });
    return made;
  }

  const get = (url: string, change: Partial<HttpRequest> = {}): HttpRequest => ({
    method: 'GET',
    url,
    headers: {},
    timeout: 3000,
    maxBytes: 10_000,
    ...change,
  });

  const behind = (url: string): AgentNetwork => ({ ...direct, proxy: { url, bypass: [] } });
  const bodyOf = (outcome: HttpOutcome) => (outcome.kind === 'answer' ? outcome.body : JSON.stringify(outcome));

  describe('a connection that is switched to another protocol', () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';

    it('is broken at once', async () => {
      const url = await speak((socket) => socket.write(switching));
      const outcome = await runtime().send(get(url));
      assert.deepEqual(outcome, { kind: 'broken', reason: '101 Switching Protocols' });
    });

    it('is broken at once by a proxy', async () => {
      const url = await speak((socket) => socket.write(switching));
      const outcome = await runtime(behind(url)).send(get('https://organization.example/'));
      assert.deepEqual(outcome, {
        kind: 'broken',
        reason: '101',
        proxyStatus: 101,
        atProxy: true,
        proxy: new URL(url).host,
      });
    });
  });

  describe('a request ends with an outcome', () => {
    for (const [what, answer] of [
      ['nothing and closes', (socket: Socket) => socket.destroy()],
      ['nothing and ends', (socket: Socket) => socket.end()],
      ['half a head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
      ['half a body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')],
      ['half a chunk', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab')],
      ['a broken chunk', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')],
      ['no HTTP', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n')],
      ['HTTP/2', (socket: Socket) => socket.end(Buffer.from('000012040000000000', 'hex'))],
      ['a 101 that is cut off', (socket: Socket) => socket.end('HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n')],
    ] as const) {
      it(`where a server answers ${what}`, async () => {
        const url = await speak((socket) => void answer(socket));
        const outcome = await runtime().send(get(url));
        assert.equal(outcome.kind, 'broken', JSON.stringify(outcome));
      });

      it(`where a proxy answers ${what}`, async () => {
        const url = await speak((socket) => void answer(socket));
        const outcome = await runtime(behind(url)).send(get('https://organization.example/', { timeout: 300 }));
        assert.notEqual(outcome.kind, 'answer', JSON.stringify(outcome));
      });
    }

    it('at the deadline, though its connection ends without any event', async () => {
      const url = await speak(() => {});
      const sending = runtime().send(get(url, { timeout: 200 }));
      const unheard = process.listeners('uncaughtException');
      assert.equal((await sending).kind, 'timed-out');
      assert.deepEqual(process.listeners('uncaughtException'), unheard);
    });

    it('without a status, where what a proxy answers is no HTTP', async () => {
      const url = await speak((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
      const outcome = await runtime(behind(url)).send(get('https://organization.example/'));
      const proxy = new URL(url).host;
      assert.deepEqual(outcome, { kind: 'broken', reason: 'HPE_INVALID_CONSTANT', atProxy: true, proxy });
    });

    it('where a proxy writes without end before it answers', async () => {
      const url = await speak((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${'X-Long: '.padEnd(100_000, 'x')}`);
      });
      const outcome = await runtime(behind(url)).send(get('https://organization.example/'));
      assert.equal(outcome.kind === 'broken' && outcome.reason, 'HPE_HEADER_OVERFLOW');
    });
  });

  describe('a proxy', () => {
    const statusAfter = async (before: string) => {
      const url = await speak((socket) => socket.write(`${before}HTTP/1.1 502 Bad Gateway\r\n\r\n`));
      const outcome = await runtime(behind(url)).send(get('https://organization.example/'));
      return outcome.kind === 'broken' && outcome.proxyStatus;
    };

    for (const before of [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n',
      'HTTP/1.0 102 Processing\n\n',
    ]) {
      it(`may announce its answer: ${JSON.stringify(before)}`, async () => {
        assert.equal(await statusAfter(before), 502);
      });
    }

    it('may send its answer byte by byte', async () => {
      const url = await speak((socket) => {
        const bytes = [...'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n\r\n'];
        const next = () => {
          const byte = bytes.shift();
          if (byte !== undefined && !socket.destroyed) socket.write(byte, () => setImmediate(next));
        };
        next();
      });
      const outcome = await runtime(behind(url)).send(get('https://organization.example/'));
      assert.equal(outcome.kind === 'broken' && outcome.proxyOffers, 'NTLM', JSON.stringify(outcome));
    });

    it('is found out within a bound where the bypass list backtracks without end', async () => {
      const url = await speak((socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      const endless = '^(https?:\\/\\/)?(([a-z0-9.]+)+)+@$';
      const network = { ...direct, proxy: { url, bypass: [endless, '^(a+)+$', '(x+x+)+y'] } };
      const started = performance.now();
      const outcome = await runtime(network).send(get(`https://${'a'.repeat(40)}.example/`));
      assert.equal(outcome.kind === 'broken' && outcome.proxyStatus, 502);
      assert.ok(performance.now() - started < 3000);
    });
  });

  describe('an answer that is compressed unasked', () => {
    const text = JSON.stringify({ words: 'héllo '.repeat(100) });
    for (const [encoding, body] of [
      ['gzip', gzipSync(text)],
      ['X-GZIP', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['deflate', deflateRawSync(text)],
      ['br', brotliCompressSync(text)],
      ['gzip, br', brotliCompressSync(gzipSync(text))],
      ['identity', Buffer.from(text)],
    ] as const) {
      it(`is read with ${encoding} (${body.length} bytes)`, async () => {
        const url = await serve((_, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(body));
        assert.equal(bodyOf(await runtime().send(get(url))), text);
      });
    }

    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      it(`is too large with ${encoding} by what it becomes`, async () => {
        const body = compress(Buffer.alloc(1_000_000));
        assert.ok(body.length < 10_000);
        const url = await serve((_, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(body));
        assert.deepEqual(await runtime().send(get(url)), { kind: 'too-large' });
      });
    }

    for (const [what, encoding, body] of [
      ['is none', 'gzip', Buffer.from('not compressed')],
      ['is cut off', 'gzip', gzipSync(text).subarray(0, 20)],
      ['is of a kind that is not known', 'zstd', Buffer.from(text)],
    ] as const) {
      it(`is broken where it ${what}`, async () => {
        const url = await serve((_, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(body));
        assert.equal((await runtime().send(get(url))).kind, 'broken');
      });
    }

    it('may be empty', async () => {
      const url = await serve((_, response) => response.writeHead(204, { 'Content-Encoding': 'gzip' }).end());
      assert.equal(bodyOf(await runtime().send(get(url))), '');
    });
  });

  describe('a request that may not be repeated', () => {
    it('goes out on a fresh connection, where the server closes each kept one after its answer', async () => {
      let answered = 0;
      const used = new Set<Socket>();
      const url = await speak((socket) => {
        // As a server that closes just when the next request is on its way.
        if (used.has(socket)) return void socket.destroy();
        used.add(socket);
        answered++;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
      const { send } = runtime();
      for (let count = 1; count <= 3; count++) {
        assert.equal(bodyOf(await send(get(url, { method: 'POST', fresh: true, body: 'x' }))), 'ok');
        assert.equal(answered, count);
      }
      assert.equal((await send(get(url))).kind, 'broken');
    });
  });
});
