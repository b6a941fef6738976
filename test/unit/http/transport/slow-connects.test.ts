import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import type { AgentNetwork } from '../../../../src/agent-network';
import { type HttpOutcome, nodeRuntime } from '../../../../src/http/runtime';
import { certificate } from '../../../dev/emulator/certificate';

/** Milliseconds for which the server takes no connection: more than the 250 that Node gives an address by itself. */
const blockedFor = 600;

/** A server over TLS, or a proxy, that listens with a short queue and does nothing at all for a while. */
const program = `
  const { protocol, tls, blockedFor } = JSON.parse(process.env.SERVER);
  const { createServer } = require('node:' + protocol);
  const server = createServer(tls, (_, response) => response.end('here'));
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 418 As asked\\r\\n\\r\\n'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () =>
    process.send(server.address().port, () =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockedFor)));
`;

/** A host with an IPv4 address that is slow to connect to, and an IPv6 address that nothing can be reached at. */
describe('runtime: a host with addresses of two kinds, whose only reachable one is slow', function () {
  this.timeout(20_000);
  const ends: (() => void)[] = [];
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'slow-connects-'));
    writeFileSync(join(folder, 'server.cjs'), program);
    sinon.stub(dns, 'lookup').callsFake(((_host: string, _options: object, callback: (...given: unknown[]) => void) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ])) as unknown as typeof dns.lookup);
  });

  after(() => {
    sinon.restore();
    for (const end of ends.splice(0)) end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A server whose queue is full: the system lets a connection wait for it and try again after a second. */
  async function slow(protocol: 'http' | 'https'): Promise<number> {
    const server: ChildProcess = fork(join(folder, 'server.cjs'), {
      env: { SERVER: JSON.stringify({ protocol, tls: protocol === 'https' ? certificate : {}, blockedFor }) },
      execArgv: [],
    });
    ends.push(() => server.kill());
    const [port] = await once(server, 'message');
    const queued: Socket[] = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }));
    for (const socket of queued) socket.on('error', () => {});
    ends.push(() => queued.forEach((socket) => void socket.destroy()));
    await Promise.race(queued.map((socket) => once(socket, 'connect')));
    return port;
  }

  async function send(url: string, change: Partial<AgentNetwork> = {}, isAhead = false): Promise<HttpOutcome> {
    const runtime = nodeRuntime({ skipCertificateValidation: true, ...change });
    ends.push(() => runtime.close());
    if (isAhead) runtime.connectAhead([url]);
    return runtime.send({ method: 'GET', url, headers: {}, timeout: 10_000, maxBytes: 100 });
  }

  it('is reached: directly, ahead, and as a proxy with and without TLS', async () => {
    const behind = (url: string) => ({ proxy: { url, bypass: [] } });
    const outcomes = await Promise.all([
      slow('https').then((port) => send(`https://slow.test:${port}/`)),
      slow('https').then((port) => send(`https://slow.test:${port}/`, {}, true)),
      slow('http').then((port) => send('https://dev.azure.com/', behind(`http://slow.test:${port}`))),
      slow('https').then((port) => send('https://dev.azure.com/', behind(`https://slow.test:${port}`))),
    ]);
    const reached = outcomes.map((outcome) =>
      outcome.kind === 'answer' ? outcome.body : outcome.kind === 'broken' ? (outcome.proxyStatus ?? outcome) : outcome,
    );
    assert.deepEqual(reached, ['here', 'here', 418, 418]);
  });
});
