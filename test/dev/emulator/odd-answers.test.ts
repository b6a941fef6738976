import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Emulator, type FaultAnswer, startEmulator } from '../../../dev/emulator';
import { namedAnswers } from '../../../dev/emulator/faults/named-answers';
import { createPat } from './calls';

describe('odd answers of the emulator', () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await startEmulator();
  });

  afterEach(() => emulator.close());

  /** What comes back on the wire for a request, until the server has been quiet for a moment or has closed. */
  async function raw(answer: FaultAnswer): Promise<{ text: string; bytes: Buffer; closed: boolean }> {
    emulator.plan({ operation: 'resourceAreas', answer });
    const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1');
    const pieces: Buffer[] = [];
    let closed = false;
    socket
      .on('data', (piece) => pieces.push(piece))
      .on('close', () => {
        closed = true;
      });
    socket.write('GET /fabrikam/_apis/resourceAreas HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(socket, 'data');
    await wait(100);
    socket.destroy();
    return { text: Buffer.concat(pieces).toString('latin1'), bytes: Buffer.concat(pieces), closed };
  }

  it('switches protocols, and says nothing more', async () => {
    const { text, closed } = await raw({ switchProtocols: true });
    assert.match(text, /^HTTP\/1\.1 101 .*\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n$/);
    assert.equal(closed, false);
  });

  it('compresses without having been asked', async () => {
    const { text, bytes } = await raw({ gzip: true });
    assert.match(text, /\r\nContent-Encoding: gzip\r\n/i);
    const body = gunzipSync(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).toString();
    assert.ok(JSON.parse(body).count > 0);
  });

  it('sends an interim answer first', async () => {
    assert.match((await raw({ continueFirst: true })).text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('closes a connection that it had said to keep', async () => {
    const { text, closed } = await raw({ closeAfter: true });
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(text, /Connection: close/i);
    assert.equal(closed, true);
    assert.equal((await raw({ bom: true })).closed, false);
  });

  it('lets a create take effect after it was answered', async () => {
    emulator.plan({ operation: 'pats.create', effectAfterMs: 300, answer: { status: 503 } });
    assert.equal((await createPat(emulator, {}).catch(() => undefined))?.token, undefined);
    assert.equal(emulator.activeTokens().length, 0);
    await wait(600);
    assert.equal(emulator.activeTokens().length, 1);
  });

  it('has each of its named answers', async () => {
    for (const named of Object.keys(namedAnswers) as (keyof typeof namedAnswers)[]) {
      const { text } = await raw({ named });
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${namedAnswers[named].status} `), named);
    }
  });
});
