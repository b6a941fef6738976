import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type Emulator, type Fault, type FaultAnswer, startEmulator } from '../../../dev/emulator';
import { basic, createPat, order, pats, pools, signIn } from './calls';

/** A request by hand, for answers that fetch would tidy up. */
function rawCreate(
  emulator: Emulator,
  { signal, giveUpAfterBytes }: { signal?: AbortSignal; giveUpAfterBytes?: number } = {},
): Promise<{ status: number; bytes: number; headMs: number; totalMs: number; text: string }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${emulator.organizationUrl}/_apis/tokens/pats?api-version=7.1-preview.1`,
      {
        method: 'POST',
        agent: false,
        headers: { authorization: `Bearer ${emulator.userAccessToken()}` },
        ...(signal && { signal }),
      },
      (incoming) => {
        const headMs = performance.now() - started;
        let bytes = 0;
        let text = '';
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes < 10_000) text += chunk.toString();
          if (giveUpAfterBytes !== undefined && bytes > giveUpAfterBytes) incoming.destroy(new Error('too much'));
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, bytes, headMs, totalMs: performance.now() - started, text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(order(emulator)));
  });
}

describe('planned misbehaviour of the emulator', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const planned = (answer: FaultAnswer, fault: Partial<Fault> = {}) =>
    emulator.plan({ operation: 'pats.create', ...fault, answer });
  const create = () => pats(emulator, 'POST', { body: order(emulator) });

  describe('which requests it affects', () => {
    it('affects one request by default, and no other operation', async () => {
      planned({ status: 503 });
      assert.equal((await pats(emulator, 'GET', { query: { displayFilterOption: 'all' } })).status, 200);
      assert.equal((await create()).status, 503);
      assert.equal((await create()).status, 200);
    });

    it('skips, and comes several times', async () => {
      planned({ status: 503 }, { skip: 1, times: 2 });
      const statuses = [];
      for (let index = 0; index < 4; index += 1) statuses.push((await create()).status);
      assert.deepEqual(statuses, [200, 503, 503, 200]);
    });

    it('comes in the order in which it was planned', async () => {
      planned({ status: 500 });
      emulator.plan({ operation: '*', answer: { status: 502 } });
      assert.deepEqual([(await create()).status, (await create()).status, (await create()).status], [500, 502, 200]);
    });

    it('is dropped when the services recover', async () => {
      planned({ status: 503 }, { times: 5 });
      assert.equal((await create()).status, 503);
      emulator.recover();
      assert.equal((await create()).status, 200);
    });

    it('affects requests that the emulator does not know', async () => {
      emulator.plan({ operation: '*', answer: { status: 418 } });
      assert.equal((await fetch(`${emulator.url}/nowhere`)).status, 418);
    });
  });

  describe('whether the request has its effect', () => {
    it('has none by default', async () => {
      planned({ status: 500 });
      await create();
      assert.equal(emulator.activeTokens().length, 0);
    });

    it('has it before the misbehaviour if planned so', async () => {
      planned({ status: 500 }, { when: 'after' });
      assert.equal((await create()).status, 500);
      assert.equal(emulator.activeTokens().length, 1);
      planned({ reset: true }, { when: 'after' });
      await assert.rejects(create());
      assert.equal(emulator.activeTokens().length, 2);
    });
  });

  describe('kinds', () => {
    it('answers with a status, headers and a raw body', async () => {
      const headers = { 'Retry-After': '7', 'X-RateLimit-Remaining': '0' };
      planned({ status: 429, headers, body: 'slow <down>', contentType: 'text/plain' });
      const reply = await create();
      assert.deepEqual([reply.status, reply.text], [429, 'slow <down>']);
      assert.equal(reply.headers.get('retry-after'), '7');
      assert.equal(reply.headers.get('x-ratelimit-remaining'), '0');
      assert.equal(reply.headers.get('content-type'), 'text/plain');
    });

    it('begins a raw body with a byte order mark', async () => {
      planned({ status: 200, body: '{}', bom: true });
      const { bytes } = await rawCreate(emulator);
      assert.equal(bytes, 5);
    });

    it('never answers', async () => {
      planned({ hang: true });
      await assert.rejects(rawCreate(emulator, { signal: AbortSignal.timeout(50) }), /abort/i);
      const [record] = emulator.requests;
      assert.equal(record?.status, undefined);
      assert.equal(emulator.activeTokens().length, 0);
    });

    it('destroys the socket', async () => {
      planned({ reset: true });
      await assert.rejects(rawCreate(emulator), /hang up|ECONNRESET/);
      assert.equal(emulator.requests[0]?.status, undefined);
    });

    it('redirects', async () => {
      planned({ redirectTo: 'http://127.0.0.1:1/elsewhere' });
      const { status, headers } = await create();
      assert.deepEqual([status, headers.get('location')], [302, 'http://127.0.0.1:1/elsewhere']);
    });

    it('streams more than anyone wants', async () => {
      planned({ enormousBytes: 3_000_000 });
      const { bytes } = await rawCreate(emulator);
      assert.ok(bytes >= 3_000_000);
      assert.equal(emulator.requests[0]?.sentBytes, 3_000_000);
      planned({ enormousBytes: 1_000_000_000 });
      await assert.rejects(rawCreate(emulator, { giveUpAfterBytes: 100_000 }), /too much/);
      assert.ok((emulator.requests[1]?.sentBytes ?? 0) < 100_000_000, 'it stops where the client no longer reads');
    });

    it('delays the normal answer, before or after its effect', async () => {
      const moments: Record<string, number> = {};
      emulator.onRequest = (_, phase) => {
        moments[phase] = performance.now();
      };
      const between = (from: string, to: string) => (moments[to] ?? 0) - (moments[from] ?? 0);
      planned({ delayMs: 60 });
      assert.equal((await create()).json.patTokenError, 'none');
      assert.ok(between('arrived', 'effected') >= 55);
      planned({ delayMs: 60 }, { when: 'after' });
      const { headMs } = await rawCreate(emulator);
      assert.ok(between('arrived', 'effected') < 55);
      assert.ok(headMs >= 55);
    });

    it('lets a request whose client gave up take effect later', async () => {
      planned({ delayMs: 500 });
      const client = new AbortController();
      const effected = new Promise<void>((resolve) => {
        emulator.onRequest = (_, phase) => {
          if (phase === 'effected') resolve();
          else client.abort();
        };
      });
      await assert.rejects(rawCreate(emulator, { signal: client.signal }));
      assert.equal(emulator.activeTokens().length, 0);
      await effected;
      assert.equal(emulator.activeTokens().length, 1);
    });

    it('sends the head slowly', async () => {
      planned({ slowHeadersMs: 80 });
      const { status, headMs, text } = await rawCreate(emulator);
      assert.equal(status, 200);
      assert.ok(headMs >= 75);
      assert.equal(JSON.parse(text).patTokenError, 'none');
    });

    it('sends the body slowly', async () => {
      planned({ slowBodyMs: 80 });
      const { headMs, totalMs, text } = await rawCreate(emulator);
      assert.ok(totalMs >= 75);
      assert.ok(totalMs - headMs >= 40);
      assert.equal(JSON.parse(text).patTokenError, 'none');
    });

    it('cuts the body', async () => {
      planned({ truncate: true });
      await assert.rejects(rawCreate(emulator), /aborted/);
      assert.equal(emulator.activeTokens().length, 1);
    });

    it('changes the normal answer', async () => {
      planned({
        mutate: (json: { patToken: { scope: string } }) => ({
          ...json,
          patToken: { ...json.patToken, scope: 'app_token' },
        }),
      });
      const { json } = await create();
      assert.equal(json.patToken.scope, 'app_token');
      assert.equal(json.patToken.displayName, 'a token');
      assert.equal(emulator.activeTokens()[0]?.scope, 'vso.agentpools_manage');
    });

    it('puts a byte order mark before the normal answer', async () => {
      planned({ bom: true });
      const { text } = await rawCreate(emulator);
      assert.equal(text.charCodeAt(0), 0xfeff);
      assert.equal(JSON.parse(text.slice(1)).patTokenError, 'none');
    });

    it('adds headers to the normal answer', async () => {
      planned({ headers: { 'Retry-After': '3' } });
      const { status, headers, json } = await create();
      assert.deepEqual([status, headers.get('retry-after')], [200, '3']);
      assert.equal(json.patTokenError, 'none');
    });

    it('refuses as Entra, with any code', async () => {
      emulator.plan({ operation: 'entra.token', answer: { aadsts: 50076, suberror: 'basic_action', claims: '{}' } });
      const mfa = await signIn(emulator);
      assert.equal(mfa.status, 400);
      assert.deepEqual(
        [mfa.json.error, mfa.json.error_codes, mfa.json.suberror, mfa.json.claims],
        ['invalid_grant', [50076], 'basic_action', '{}'],
      );
      assert.match(mfa.json.error_description, /^AADSTS50076: /);
      const busy = { aadsts: 90033, error: 'temporarily_unavailable', status: 503 };
      emulator.plan({ operation: 'entra.token', answer: busy });
      assert.equal((await signIn(emulator)).status, 503);
      assert.equal((await signIn(emulator)).status, 200);
    });

    it('refuses a good token for a while, as a service that has not heard of it yet', async () => {
      const { token } = await createPat(emulator);
      emulator.plan({ operation: 'pools.list', times: 2, answer: { status: 401 } });
      const statuses = [];
      for (let index = 0; index < 3; index += 1) statuses.push((await pools(emulator, basic(token))).status);
      assert.deepEqual(statuses, [401, 401, 200]);
    });
  });
});
