import assert from 'node:assert/strict';
import { freePort } from '../../../dev/commands/surroundings/free-port';
import type { Emulator } from '../../../dev/emulator';
import { assertFails, assertRefused, assertWarns } from '../../support/expect';
import { fastTime } from '../../support/fast-time';
import { agentBehind, assertMinted, assertNamesProxy, ProxiedServices } from '../../support/proxied-services';
import { RealProxy, silentProxy } from '../../support/proxy';

describe('behind a proxy that fails', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let proxy: RealProxy;

  before(async function () {
    this.timeout(300_000);
    services = await ProxiedServices.start();
    proxy = await RealProxy.start(services.internet);
  });

  after(async () => {
    await proxy?.close();
    await services?.close();
  });

  const ofAgent = (url = `http://${proxy.name}`) => agentBehind(url);
  const run = (variables: Record<string, string>, change?: Parameters<ProxiedServices['run']>[1]) =>
    services.run(variables, change);

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
    const prepare = (emulator: Emulator) => {
      emulator.onRequest = (_, phase) => {
        if (phase === 'arrived' && cuts++ === 0) services.internet.cut();
      };
    };
    assertMinted(await run(ofAgent(), { prepare }));
  });

  it('a tunnel that is cut every time is named', async () => {
    const prepare = (emulator: Emulator) => {
      emulator.onRequest = () => services.internet.cut();
    };
    const outcome = await run(ofAgent(), { prepare, options: { processEnvironment: fastTime(5) } });
    assertRefused(outcome, 'network', `the connection through the proxy ${proxy.name} failed`);
    assertNamesProxy(outcome, proxy.name);
  });

  it('a tunnel that is cut while the token is made leaves no token alive', async () => {
    let cuts = 0;
    const prepare = (emulator: Emulator) => {
      emulator.onRequest = ({ operation }, phase) => {
        if (operation === 'pats.create' && phase === 'effected' && cuts++ === 0) services.internet.cut();
      };
    };
    const outcome = await run(ofAgent(), { prepare });
    assert.equal(cuts > 0, true);
    assert.equal(outcome.made.length, 2);
    assert.notEqual(outcome.job.result, 'Failed');
    assert.equal(outcome.activeAfterMain.length, 1);
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('a proxy that dies before the post-job is named in the message that the revocation failed', async () => {
    const other = await RealProxy.start(services.internet);
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
