import assert from 'node:assert/strict';
import type { Emulator } from '../../dev/emulator';
import { Authority, type KeyPair, serviceHosts } from '../support/certificates';
import { assertFails, assertRefused, assertWarns } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { type Outcome, runTask, type TaskRun } from '../support/job';
import { freePort, Internet, RealProxy, silentProxy } from '../support/proxy';

const credentials = Buffer.from(`${RealProxy.username}:${RealProxy.password}`).toString('base64');

/** A worker's environment in which no name can be resolved, so that nothing but the proxy reaches any host. */
function withoutNames(): NodeJS.ProcessEnv {
  const fast = fastTime();
  const program = `
    import dns from 'node:dns';
    dns.lookup = (name, options, callback) => callback(Object.assign(new Error('no names'), { code: 'ENOTFOUND' }));
  `;
  return { ...fast, NODE_OPTIONS: `${fast.NODE_OPTIONS} --import=data:text/javascript,${encodeURIComponent(program)}` };
}

describe('behind a proxy that asks for a password', function () {
  this.timeout(60_000);
  let authority: Authority;
  let tls: KeyPair;
  let internet: Internet;
  let proxy: RealProxy;

  before(async function () {
    this.timeout(300_000);
    authority = new Authority();
    tls = authority.issue(serviceHosts);
    internet = await Internet.start();
    proxy = await RealProxy.start(internet);
  });

  after(async () => {
    await proxy?.close();
    await internet?.close();
    authority?.dispose();
  });

  beforeEach(() => {
    internet.tunnels.length = 0;
  });

  /** Runs a job against the real names of the services, which only the proxy can reach. */
  function run(
    variables: Record<string, string>,
    { options, ...change }: TaskRun = {},
    password = RealProxy.password,
    prepare?: (emulator: Emulator) => void,
  ): Promise<Outcome> {
    return runTask(
      (emulator) => {
        internet.target = Number(new URL(emulator.url).port);
        prepare?.(emulator);
        const organizationUrl = `https://dev.azure.com/${emulator.state.organization}`;
        return {
          connection: { url: organizationUrl, data: { authorityUrl: undefined } },
          ...change,
          secrets: { 'the password of the proxy': RealProxy.password, 'the credentials of the proxy': credentials },
          options: {
            organizationUrl,
            ...options,
            variables: { 'Agent.CAInfo': authority.file, ...variables },
            ...(password && { secretVariables: { 'Agent.ProxyPassword': password } }),
          },
        };
      },
      { tls },
    );
  }

  const ofAgent = (url = `http://${proxy.name}`) => ({
    'Agent.ProxyUrl': url,
    'Agent.ProxyUsername': RealProxy.username,
  });

  function assertMinted({ job, main, post, made, activeAfterJob }: Outcome): void {
    assert.equal(job.result, 'Succeeded', main.message ?? post.message);
    assert.deepEqual([...main.issues, ...post.issues], []);
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  }

  /** Names the proxy, and never its credentials. */
  function assertNamesProxy({ main }: Outcome, name: string): void {
    assert.ok(main.message?.includes(name), main.message);
    assert.ok(!JSON.stringify(main.issues).includes(RealProxy.username));
  }

  it('a token is minted and revoked through it, with one tunnel for each host and step', async () => {
    const outcome = await run(ofAgent());
    assertMinted(outcome);
    const [signIn, tokens, pools] = [
      'login.microsoftonline.com:443',
      'vssps.dev.azure.com:443',
      'dev.azure.com:443',
    ] as const;
    assert.deepEqual(internet.tunnels, [signIn, tokens, pools, signIn, tokens]);
    assert.ok(
      outcome.requests.every(({ headers }) => headers['proxy-authorization'] === undefined),
      'the services never see the credentials of the proxy',
    );
    const lines = outcome.main.rawLines;
    for (const secret of [RealProxy.password, credentials]) {
      assert.ok(lines.includes(`##vso[task.setsecret]${secret}`), 'what is sent to the proxy is masked');
    }
    assert.deepEqual(
      lines.filter((line) => /deprecat|\(node:/i.test(line)),
      [],
    );
  });

  it('a wrong password is told once, not tried four times', async () => {
    const outcome = await run(ofAgent(), {}, 'WrongPassw0rd');
    assertRefused(outcome, 'network', /refused to connect \(40[17]\)/, '--proxypassword', 'login.microsoftonline.com');
    assertNamesProxy(outcome, proxy.name);
    assert.ok(!outcome.main.message?.includes('tries'));
    assert.deepEqual(internet.tunnels, []);
  });

  it('no password at all is told the same', async () => {
    const outcome = await run({ 'Agent.ProxyUrl': `http://${proxy.name}` }, {}, '');
    assertRefused(outcome, 'network', 'refused to connect (407)');
    assertNamesProxy(outcome, proxy.name);
  });

  it('what the agent exempts is reached without it', async () => {
    const outcome = await run(
      { ...ofAgent(), 'Agent.ProxyBypassList': JSON.stringify(['^https://intern', 'login\\.MICROSOFTonline\\.com']) },
      { options: { processEnvironment: withoutNames() } },
    );
    assertRefused(outcome, 'network', 'login.microsoftonline.com failed: the connection failed (ENOTFOUND)');
    assert.deepEqual(internet.tunnels, []);
  });

  it('the proxy of the environment is used, with its credentials, where the agent has none', async () => {
    const url = `http://${RealProxy.username}:${RealProxy.password}@${proxy.name}`;
    const processEnvironment = { PATH: process.env.PATH, HTTPS_PROXY: url };
    assertMinted(await run({}, { options: { processEnvironment } }, ''));
    assert.equal(internet.tunnels.length, 5);
  });

  it('the proxy of the agent wins over that of the environment, and over its exemptions', async () => {
    const processEnvironment = {
      PATH: process.env.PATH,
      HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
      NO_PROXY: '*',
    };
    assertMinted(await run(ofAgent(), { options: { processEnvironment } }));
    assert.equal(internet.tunnels.length, 5);
  });

  it('what NO_PROXY exempts is reached without the proxy of the environment', async () => {
    const processEnvironment = {
      ...withoutNames(),
      HTTPS_PROXY: `http://${RealProxy.username}:${RealProxy.password}@${proxy.name}`,
      NO_PROXY: 'example.com, .microsoftonline.com',
    };
    const outcome = await run({}, { options: { processEnvironment } }, '');
    assertRefused(outcome, 'network', 'login.microsoftonline.com failed: the connection failed (ENOTFOUND)');
    assert.deepEqual(internet.tunnels, []);
  });

  it('a proxy setting that is none is told without repeating it', async () => {
    const processEnvironment = { PATH: process.env.PATH, HTTPS_PROXY: `socks5://me:${RealProxy.password}@127.0.0.1:1` };
    const outcome = await run({}, { options: { processEnvironment } }, '');
    assertRefused(outcome, 'network', 'HTTPS_PROXY', 'http://host:port');
  });

  it('a proxy that is dead is named', async () => {
    const name = `127.0.0.1:${await freePort()}`;
    const outcome = await run(ofAgent(`http://${name}`), { options: { processEnvironment: fastTime() } });
    assertRefused(outcome, 'network', `the connection to the proxy ${name} failed (ECONNREFUSED), after 4 tries`);
    assertNamesProxy(outcome, name);
  });

  it('a proxy that never answers is named, and does not hold the step up', async () => {
    const silent = await silentProxy();
    try {
      const name = `127.0.0.1:${silent.port}`;
      const outcome = await run(ofAgent(`http://${name}`), { options: { processEnvironment: fastTime(60) } });
      assertFails(outcome.main, 'timed-out', `no answer through the proxy ${name} within`);
      assertNamesProxy(outcome, name);
    } finally {
      silent.close();
    }
  });

  it('a tunnel that is cut while signing in is opened again', async () => {
    let cuts = 0;
    const outcome = await run(ofAgent(), {}, RealProxy.password, (emulator) => {
      emulator.onRequest = (_, phase) => {
        if (phase === 'arrived' && cuts++ === 0) internet.cut();
      };
    });
    assertMinted(outcome);
  });

  it('a tunnel that is cut every time is named', async () => {
    const outcome = await run(
      ofAgent(),
      { options: { processEnvironment: fastTime(5) } },
      RealProxy.password,
      (emulator) => {
        emulator.onRequest = () => internet.cut();
      },
    );
    assertRefused(outcome, 'network', `the connection through the proxy ${proxy.name} failed`);
    assertNamesProxy(outcome, proxy.name);
  });

  it('a tunnel that is cut while the token is made leaves no token alive', async () => {
    let cuts = 0;
    const outcome = await run(ofAgent(), {}, RealProxy.password, (emulator) => {
      emulator.onRequest = ({ operation }, phase) => {
        if (operation === 'pats.create' && phase === 'effected' && cuts++ === 0) internet.cut();
      };
    });
    assert.equal(cuts > 0, true);
    assert.equal(outcome.made.length, 2);
    assert.notEqual(outcome.job.result, 'Failed');
    assert.equal(outcome.activeAfterMain.length, 1);
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('a proxy that dies before the post-job is named where the revocation is told to have failed', async () => {
    const other = await RealProxy.start(internet);
    let closed = Promise.resolve();
    const outcome = await run(ofAgent(`http://${other.name}`), {
      afterMain: () => {
        closed = other.close();
      },
      options: { processEnvironment: fastTime(5) },
    });
    await closed;
    assertWarns(outcome.post, 'revoke-failed', `the connection to the proxy ${other.name} failed`);
    assert.equal(outcome.activeAfterJob.length, 1);
  });
});
