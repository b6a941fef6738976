import assert from 'node:assert/strict';
import { openServices, type Services, VirtualTime } from '../../../dev/emulator';
import { bothScopes } from './calls';

const noon = Date.UTC(2026, 2, 1, 12);

describe('the emulated services in process', () => {
  let services: Services;
  let time: VirtualTime;

  beforeEach(() => {
    time = new VirtualTime(noon);
    services = openServices({ time });
  });

  const form = () =>
    new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: services.issuer.clientId,
      client_secret: services.issuer.clientSecret,
      refresh_token: services.issuer.refreshToken,
      scope: bothScopes,
    }).toString();

  function ask(url: string, { method = 'GET', body = '', token = '' } = {}) {
    const headers = {
      'Content-Type':
        method === 'POST' && !body.startsWith('{') ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    return services.answer({ method, url, headers, body });
  }

  async function statusOf(url: string, options?: Parameters<typeof ask>[1]): Promise<number> {
    const outcome = await ask(url, options);
    assert.equal(outcome.kind, 'answer');
    return outcome.kind === 'answer' ? outcome.answer.status : 0;
  }

  const pats = 'https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?api-version=7.1-preview.1';
  const create = {
    method: 'POST',
    body: JSON.stringify({ displayName: 'a token', scope: 'vso.agentpools_manage', validTo: '2026-03-01T13:00:00Z' }),
  };

  it('signs in and mints under the real names', async () => {
    const signedIn = await ask(`https://login.microsoftonline.com/${services.issuer.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: form(),
    });
    assert.ok(signedIn.kind === 'answer' && signedIn.answer.status === 200);
    const { access_token: token } = signedIn.answer.json as { access_token: string };
    assert.equal(await statusOf(pats, { ...create, token }), 200);
    assert.equal(services.activeTokens().length, 1);
    assert.deepEqual(
      services.requests.map(({ operation, at }) => [operation, at]),
      [
        ['entra.token', noon],
        ['pats.create', noon],
      ],
    );
  });

  it('has each resource on its own host alone', async () => {
    const token = services.userAccessToken();
    const paths: [path: string, hosts: string[]][] = [
      ['/_apis/tokens/pats?displayFilterOption=all&api-version=7.1-preview.1', ['vssps']],
      ['/_apis/distributedtask/pools?api-version=7.1', ['']],
      ['/_apis/connectionData', ['', 'vssps', 'vsrm']],
      ['/Fabrikam/_apis/build/builds/1/timeline?api-version=7.1', ['']],
    ];
    for (const [path, expected] of paths) {
      for (const [style, base] of [
        ['new', (service: string) => `https://${service && `${service}.`}dev.azure.com/fabrikam`],
        ['old', (service: string) => `https://fabrikam.${service && `${service}.`}visualstudio.com`],
      ] as const) {
        const known = [];
        for (const service of ['', 'vssps', 'vsrm']) {
          if ((await statusOf(base(service) + path, { token })) !== 501) known.push(service);
        }
        assert.deepEqual(known, expected, `${style} ${path}`);
      }
    }
    const identity =
      '/p/_apis/distributedtask/hubs/release/plans/11111111-1111-1111-1111-111111111111/jobs/11111111-1111-1111-1111-111111111111/oidctoken?api-version=7.1';
    for (const service of ['dev.azure.com', 'vsrm.dev.azure.com']) {
      assert.equal(await statusOf(`https://${service}/fabrikam${identity}`, { method: 'POST' }), 203);
    }
    assert.equal(await statusOf('https://contoso.visualstudio.com/_apis/connectionData', { token }), 501);
    assert.equal(await statusOf('https://dev.azure.com.evil.test/fabrikam/_apis/connectionData', { token }), 501);
  });

  it('lets virtual time pass for a delay, and none of ours', async () => {
    const token = services.userAccessToken();
    services.plan({ operation: 'pats.create', answer: { delayMs: 1_800_000 } });
    const before = performance.now();
    assert.equal(await statusOf(pats, { ...create, token }), 200);
    assert.ok(performance.now() - before < 2000);
    assert.equal(time.uptime(), 1_800_000);
    assert.equal(services.state.pats[0]?.validFrom, noon + 1_800_000);
  });

  it('lets a create take effect long after it was refused', async () => {
    const token = services.userAccessToken();
    services.plan({ operation: 'pats.create', effectAfterMs: 6000, answer: { status: 503 } });
    assert.equal(await statusOf(pats, { ...create, token }), 503);
    await time.sleep(5999);
    assert.equal(services.state.pats.length, 0);
    await time.sleep(2);
    assert.equal(services.state.pats.length, 1);
  });

  it('ends in what a socket would do', async () => {
    const token = services.userAccessToken();
    for (const kind of ['hang', 'reset', 'switchProtocols'] as const) {
      services.plan({ operation: 'pats.create', answer: { [kind]: true } as { hang: true } });
    }
    const kinds = [];
    for (let index = 0; index < 3; index++) kinds.push((await ask(pats, { ...create, token })).kind);
    assert.deepEqual(kinds, ['hang', 'reset', 'switch-protocols']);
    services.plan({ operation: 'pats.create', answer: { truncate: true } });
    const cut = await ask(pats, { ...create, token });
    assert.ok(cut.kind === 'answer' && cut.manner.truncate);
  });

  it('does not wake sleepers when the wall clock is set', async () => {
    const order: string[] = [];
    const sleeping = time.sleep(1000).then(() => order.push('slept'));
    time.set(noon + 48 * 3_600_000);
    assert.equal(time.now(), noon + 48 * 3_600_000);
    assert.deepEqual([time.uptime(), order], [0, []]);
    await sleeping;
    assert.equal(time.uptime(), 1000);
    assert.equal(services.state.clock.now(), noon + 48 * 3_600_000 + 1000);
  });
});
