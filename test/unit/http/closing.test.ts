import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { HttpRequest } from '../../../src/http/runtime';
import { certificate } from '../../dev/emulator/certificate';
import { Opened, until } from './opened';

/** Requests that are under way when everything is closed: a step that has ended sends nothing more, and waits for nothing. */
describe('runtime: closed while a request is under way', () => {
  const opened = new Opened();
  let requests: string[];

  beforeEach(() => {
    requests = [];
  });

  afterEach(() => opened.close());

  const service = (isSecure: boolean) => {
    const answer: RequestListener = (request, response) => {
      requests.push(request.url ?? '');
      response.end('answered');
    };
    return opened.listen(isSecure ? createSecureServer(certificate, answer) : createServer(answer));
  };

  /** A way to a service on which nothing gets further until it is opened, be it a slow network or a slow proxy. */
  async function barred(to: { port: number }, isProxy: boolean): Promise<Barred> {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const pass = async (socket: Socket) => {
      await gate;
      const onward = connect(to.port, '127.0.0.1');
      for (const end of [socket, onward]) end.on('error', () => {}).on('close', () => onward.destroy());
      if (isProxy) socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    };
    const server = createTcpServer(isProxy ? {} : { pauseOnConnect: true }, (socket) => {
      if (isProxy) socket.once('data', () => void pass(socket));
      else void pass(socket);
    });
    return { ...(await opened.listen(server)), open };
  }

  const start = (proxy?: { port: number }) => opened.runtime(proxy && `http://127.0.0.1:${proxy.port}`);

  const post = (url: string): HttpRequest => {
    return { method: 'POST', url, headers: {}, body: 'x', timeout: 60_000, maxBytes: 1000, fresh: true };
  };

  /** Whether every connection that was made has ended, and no request has come through. */
  const assertOver = async (sockets: Socket[], count: number) => {
    await until(() => sockets.every(({ destroyed }) => destroyed), 'a connection is still open');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(requests, []);
    assert.equal(sockets.length, count, 'a connection was opened after close');
  };

  for (const isAhead of [false, true]) {
    it(`a connection ${isAhead ? 'ahead ' : ''}that comes about later carries no request`, async () => {
      const way = await barred(await service(true), false);
      const runtime = start();
      const url = `https://127.0.0.1:${way.port}/late`;
      if (isAhead) runtime.connectAhead([url]);
      const sending = runtime.send(post(url));
      await until(() => way.sockets.length === 1, 'there is no connection');
      runtime.close();
      way.open();
      assert.deepEqual(await sending, { kind: 'broken', reason: 'closed' });
      await assertOver(way.sockets, 1);
    });
  }

  it('a tunnel that a proxy opens later carries no request', async () => {
    const way = await barred(await service(true), true);
    const runtime = start(way);
    runtime.connectAhead(['https://another.example/']);
    const sending = runtime.send(post('https://organization.example/late'));
    await until(() => way.sockets.length === 1, 'there is no connection');
    runtime.close();
    way.open();
    assert.deepEqual(await sending, { kind: 'broken', reason: 'closed', proxy: `127.0.0.1:${way.port}` });
    await assertOver(way.sockets, 1);
  });

  for (const protocol of ['http', 'https'] as const) {
    it(`a request over ${protocol} that has only just been asked for opens no connection`, async () => {
      const { port, sockets } = await service(protocol === 'https');
      const runtime = start();
      const sending = runtime.send(post(`${protocol}://127.0.0.1:${port}/late`));
      runtime.close();
      assert.deepEqual(await sending, { kind: 'broken', reason: 'closed' });
      await assertOver(sockets, 0);
    });
  }

  for (const protocol of ['http', 'https'] as const) {
    it(`a request over ${protocol} that is asked for afterwards opens no connection, and neither does one that may come`, async () => {
      const { port, sockets } = await service(protocol === 'https');
      const url = `${protocol}://127.0.0.1:${port}/`;
      const runtime = start();
      runtime.close();
      runtime.connectAhead([url]);
      assert.deepEqual(await runtime.send(post(url)), { kind: 'broken', reason: 'closed' });
      await assertOver(sockets, 0);
    });
  }

  it('an answer that has not come is not waited for', async () => {
    const { port, sockets } = await opened.listen(createTcpServer((socket) => void socket.resume()));
    const runtime = start();
    const sending = runtime.send(post(`http://127.0.0.1:${port}/`));
    await until(() => sockets.length === 1, 'there is no connection');
    runtime.close();
    assert.deepEqual(await sending, { kind: 'broken', reason: 'closed' });
    await assertOver(sockets, 1);
  });
});

interface Barred {
  port: number;
  sockets: Socket[];
  open: () => void;
}
