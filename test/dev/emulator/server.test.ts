import assert from 'node:assert/strict';
import { request as requestHttps } from 'node:https';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { call, createPat, order, pats, signIn } from './calls';
import { certificate } from './certificate';

describe('emulator', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  it('says where it is', () => {
    assert.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(emulator.organizationUrl, `${emulator.url}/fabrikam`);
    assert.equal(emulator.issuer.authorityUrl, emulator.url);
  });

  it('refuses loudly what it does not know, and records it', async () => {
    for (const path of ['/fabrikam/_apis/build/builds', '/elsewhere/_apis/tokens/pats', '/']) {
      const { status, json } = await call(`${emulator.url}${path}?api-version=7.1`);
      assert.equal(status, 501);
      assert.deepEqual([json.method, json.path], ['GET', path]);
    }
    assert.deepEqual(
      emulator.requests.map(({ operation, status }) => [operation, status]),
      [
        ['unknown', 501],
        ['unknown', 501],
        ['unknown', 501],
      ],
    );
  });

  it('records every request in full', async () => {
    const before = emulator.state.clock.now();
    await signIn(emulator);
    await pats(emulator, 'POST', { body: order(emulator), headers: { 'X-Test': 'yes' } });
    const [first, second] = emulator.requests;
    assert.equal(first?.operation, 'entra.token');
    assert.match(first?.body ?? '', /grant_type=refresh_token/);
    assert.equal(second?.operation, 'pats.create');
    assert.equal(second?.method, 'POST');
    assert.equal(second?.path, '/fabrikam/_apis/Tokens/Pats');
    assert.deepEqual(second?.query, { 'api-version': '7.1-preview.1' });
    assert.equal(second?.headers['x-test'], 'yes');
    assert.equal(JSON.parse(second?.body ?? '').displayName, 'a token');
    assert.equal(second?.status, 200);
    assert.ok(second && second.at >= before && second.at <= emulator.state.clock.now());
  });

  it('distinguishes the operations on one URL', async () => {
    const authorizationId = crypto.randomUUID();
    await pats(emulator, 'GET', { query: { displayFilterOption: 'all' } });
    await pats(emulator, 'GET', { query: { authorizationId } });
    await pats(emulator, 'PUT', { body: {} });
    await pats(emulator, 'DELETE', { query: { authorizationId } });
    assert.deepEqual(
      emulator.requests.map(({ operation }) => operation),
      ['pats.list', 'pats.get', 'pats.update', 'pats.revoke'],
    );
  });

  it('lets a test step in at each phase, and waits for it', async () => {
    const seen: string[] = [];
    let release = () => {};
    emulator.onRequest = async ({ operation }, phase) => {
      seen.push(`${operation} ${phase} ${emulator.activeTokens().length}`);
      if (phase === 'effected') {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
    };
    const reply = createPat(emulator);
    while (seen.length < 2) await new Promise(setImmediate);
    assert.deepEqual(seen, ['pats.create arrived 0', 'pats.create effected 1']);
    assert.equal(emulator.requests[0]?.status, undefined);
    release();
    await reply;
    while (seen.length < 3) await new Promise(setImmediate);
    assert.equal(seen[2], 'pats.create answered 1');
  });

  it('has no effect phase where there was no effect', async () => {
    const phases: string[] = [];
    emulator.plan({ operation: 'pats.create', answer: { reset: true } });
    const answered = new Promise<void>((resolve) => {
      emulator.onRequest = (_, phase) => {
        phases.push(phase);
        if (phase === 'answered') resolve();
      };
    });
    await assert.rejects(pats(emulator, 'POST', { body: order(emulator) }));
    await answered;
    assert.deepEqual(phases, ['arrived', 'answered']);
  });

  it('answers 500 if the hook fails', async () => {
    emulator.onRequest = () => {
      throw new Error('broken hook');
    };
    const { status, text } = await call(`${emulator.url}/x`);
    assert.equal(status, 500);
    assert.match(text, /broken hook/);
  });

  it('moves its clock', () => {
    const { clock } = emulator.state;
    clock.set(Date.parse('2030-01-01T00:00:00Z'));
    clock.advance(60_000);
    assert.ok(Math.abs(clock.now() - Date.parse('2030-01-01T00:01:00Z')) < 1000);
  });

  it('closes at once, even with a request left hanging', async () => {
    const other = await startEmulator();
    other.plan({ operation: '*', answer: { hang: true } });
    const arrived = new Promise<void>((resolve) => {
      other.onRequest = () => resolve();
    });
    const hanging = assert.rejects(call(other.url));
    await arrived;
    await other.close();
    await hanging;
    await assert.rejects(call(other.url));
  });

  it('listens on the given port, and says where that is taken', async () => {
    const port = Number(new URL(emulator.url).port);
    await assert.rejects(startEmulator({ port }), { code: 'EADDRINUSE' });
    await emulator.close();
    emulator = await startEmulator({ port });
    assert.equal(new URL(emulator.url).port, String(port));
  });

  it('serves HTTPS', async () => {
    const secure = await startEmulator({ tls: certificate });
    try {
      assert.match(secure.url, /^https:/);
      const status = await new Promise((resolve, reject) => {
        requestHttps(`${secure.url}/x`, { ca: certificate.cert, agent: false }, (incoming) => {
          incoming.resume();
          resolve(incoming.statusCode);
        })
          .on('error', reject)
          .end();
      });
      assert.equal(status, 501);
    } finally {
      await secure.close();
    }
  });
});
