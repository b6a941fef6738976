import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import type { HttpRequest } from '../../../../src/http/runtime';
import { certificate } from '../../../dev/emulator/certificate';
import { Opened, until } from '../opened';

/** A server that notes its connections, and a runtime that has to close every one of them. */
describe('runtime: connections that are opened ahead', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  let requests = 0;
  const plain = () => opened.listen(createServer((_, response) => void response.end(String(++requests))));
  const secure = () =>
    opened.listen(createSecureServer(certificate, (_, response) => void response.end(String(++requests))));

  beforeEach(() => {
    requests = 0;
  });

  const open = (proxy?: string) => opened.runtime(proxy);

  const get = (url: string, fresh = false): HttpRequest => {
    return { method: 'GET', url, headers: {}, timeout: 2000, maxBytes: 1000, fresh };
  };

  for (const [protocol, serve] of [
    ['http', plain],
    ['https', secure],
  ] as const) {
    describe(`over ${protocol}`, () => {
      it('are used by the first request, also one that needs a fresh connection, and send nothing before', async () => {
        const { port, sockets } = await serve();
        const url = `${protocol}://127.0.0.1:${port}`;
        const runtime = open();
        runtime.connectAhead([`${url}/a`]);
        await until(() => sockets.length === 1);
        assert.equal(requests, 0);
        assert.equal((await runtime.send(get(url, true))).kind, 'answer');
        assert.equal((await runtime.send(get(url))).kind, 'answer');
        assert.equal(sockets.length, 1);
        await runtime.send(get(url, true));
        assert.equal(sockets.length, 2);
      });

      it('are waited for where they are still under way', async () => {
        const { port, sockets } = await serve();
        const runtime = open();
        runtime.connectAhead([`${protocol}://127.0.0.1:${port}`]);
        assert.equal((await runtime.send(get(`${protocol}://127.0.0.1:${port}`))).kind, 'answer');
        assert.equal(sockets.length, 1);
      });

      it('are replaced where the server closed them', async () => {
        const { port, sockets } = await serve();
        const url = `${protocol}://127.0.0.1:${port}`;
        const runtime = open();
        runtime.connectAhead([url]);
        await until(() => sockets.length === 1);
        await new Promise((resolve) => setTimeout(resolve, 50));
        sockets[0]?.destroy();
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal((await runtime.send(get(url, true))).kind, 'answer');
        assert.equal(sockets.length, 2);
      });

      it('are closed with the rest', async () => {
        const { port, sockets } = await serve();
        const runtime = open();
        runtime.connectAhead([`${protocol}://127.0.0.1:${port}`]);
        await until(() => sockets.length === 1);
        runtime.close();
        await until(() => sockets[0]?.destroyed === true);
      });
    });
  }

  it('fail silently, and the request then says why', async () => {
    const runtime = open();
    runtime.connectAhead([
      'http://127.0.0.1:1',
      'https://127.0.0.1:1',
      'no url',
      'http://elsewhere.example',
      'ftp://x',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await runtime.send(get('https://127.0.0.1:1')), { kind: 'broken', reason: 'ECONNREFUSED' });
  });

  it('are replaced after being idle for more than five seconds', async function () {
    this.timeout(15_000);
    const { port, sockets } = await plain();
    const runtime = open();
    runtime.connectAhead([`http://127.0.0.1:${port}`]);
    await until(() => sockets.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 5200));
    assert.equal((await runtime.send(get(`http://127.0.0.1:${port}`, true))).kind, 'answer');
    assert.equal(sockets.length, 2);
  });

  it('go through the proxy, with no more than its own credentials', async () => {
    const target = await secure();
    const heads: string[] = [];
    const proxy = await opened.listen(
      createTcpServer((socket) => {
        socket.once('data', (head) => {
          heads.push(String(head));
          const onward = connect(target.port, '127.0.0.1', () => {
            socket.write('HTTP/1.1 200 OK\r\n\r\n');
            socket.pipe(onward).pipe(socket);
          });
          onward.on('error', () => {});
          socket.on('close', () => onward.destroy());
        });
      }),
    );
    const runtime = open(`http://127.0.0.1:${proxy.port}`);
    runtime.connectAhead(['https://organization.example/a/b?c', 'https://sign-in.example/a']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(heads, [], 'a proxy that may refuse a password is asked once first');
    assert.equal((await runtime.send(get('https://sign-in.example/a'))).kind, 'answer');
    await until(() => target.sockets.length === 2);
    assert.equal((await runtime.send(get('https://organization.example/a', true))).kind, 'answer');
    assert.deepEqual(
      heads,
      ['sign-in', 'organization'].map(
        (name) => `CONNECT ${name}.example:443 HTTP/1.1\r\nHost: ${name}.example:443\r\n\r\n`,
      ),
    );
  });
});
