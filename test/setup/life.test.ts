import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Scene } from './issuer-command';

describe('an issuer that exists', function () {
  this.timeout(240_000);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  const signingIn = () => ['--user', scene.user.upn, '--pool', 'Build-Linux', '--port', String(scene.port), '--yes'];

  it('is found well, then with its faults, renewed, and taken away', async () => {
    const { state } = scene.emulator;
    const made = await scene.runInProcess(['create', ...scene.arguments('create'), '--yes']);
    assert.equal(made.code, 0, made.output);
    const [endpoint] = state.collection.endpoints.all;
    assert.ok(endpoint);

    const before = scene.changes().length;
    const check = ['check', ...scene.arguments('check'), '--pool', 'Build-Linux', '--json'];
    const well = JSON.parse((await scene.run(check)).output);
    const ids = (report: { findings: { id: string }[] }) => report.findings.map(({ id }) => id);
    assert.deepEqual(
      ids(well).filter((id) => id !== 'issuer-ends'),
      [],
    );
    assert.match(well.unchecked.join('\n'), /whether the tenant ends a refresh token .* check --live finds that out/);

    endpoint.isDisabled = true;
    state.setPoolRole('Default', scene.user, 'manage');
    endpoint.data.refreshTokenStoredOn = new Date(Date.now() - 80 * 24 * 60 * 60_000).toISOString();
    const ill = await scene.runInProcess(check);
    assert.equal(ill.code, 1);
    for (const id of ['connection-disabled', 'refresh-token-old', 'rights-beyond-pools']) {
      assert.ok(ids(JSON.parse(ill.output)).includes(id), `${id} in ${ids(JSON.parse(ill.output))}`);
    }
    assert.equal(scene.changes().length, before, 'check changes nothing');
    endpoint.isDisabled = false;

    const old = endpoint.parameters.refreshToken;
    const renewed = await scene.start(['renew', ...scene.arguments('renew'), ...signingIn()]).watched();
    assert.equal(renewed.code, 0, renewed.output);
    assert.notEqual(endpoint.parameters.refreshToken, old);
    assert.equal(scene.temporarySecrets(), 0);
    assert.match(renewed.processes, /issuer\.mjs/, 'its processes were looked at');
    assert.deepEqual(scene.leakedIn(renewed.output + renewed.processes), []);

    const gone = await scene.run(['remove', ...scene.arguments('remove'), '--yes']);
    assert.equal(gone.code, 0, gone.output);
    assert.deepEqual(state.collection.endpoints.all, []);
    assert.equal(scene.secretsOfApp(endpoint.data.clientId ?? ''), 0);
    const own = state.refreshTokens.filter(({ user }) => user.oid === scene.user.oid);
    assert.ok(own.length >= 2 && own.every(({ revoked }) => revoked));
  });

  it('is stopped in an emergency, user first, also a second time', async () => {
    const made = await scene.runInProcess(['create', ...scene.arguments('create'), '--yes', '--client-secret']);
    assert.equal(made.code, 0, made.output);
    const before = scene.changes().length;
    const emergency = ['remove', ...scene.arguments('remove'), '--emergency', '--yes', '--user', scene.user.upn];
    const stopped = await scene.run(emergency);
    assert.equal(stopped.code, 0, stopped.output);
    assert.deepEqual(scene.changes().slice(before, before + 3), [
      'graph.users.update',
      'graph.users.revokeSessions',
      'graph.applications.delete',
    ]);
    assert.equal(scene.changes().at(-1), 'endpoints.delete');
    const again = await scene.runInProcess(emergency);
    assert.equal(again.code, 0, again.output);
  });

  it('reports without names what the services answer', async () => {
    const made = await scene.runInProcess(['create', ...scene.arguments('create'), '--yes']);
    assert.equal(made.code, 0, made.output);
    const signingInOnly = ['--user', scene.user.upn, '--port', String(scene.port), '--yes'];
    const check = ['check', ...scene.arguments('check'), '--live', ...signingInOnly];
    const live = await scene.start(check).watched();
    assert.equal(live.code, 0, live.output);
    const report = readFileSync(join(scene.home, 'issuer-report.json'), 'utf8');
    const first = JSON.parse(report) as { tried: { question: string; status: number; answer: string }[] };
    assert.equal(first.tried.find(({ question }) => question.includes('again after the next'))?.answer, 'stays valid');
    assert.ok(first.tried.length >= 14, report);
    assert.doesNotMatch(report, /[0-9a-f]{8}-[0-9a-f]{4}|fabrikam|pool-user/i);
    assert.deepEqual(scene.leakedIn(report + live.output + live.processes), []);
    assert.deepEqual(scene.emulator.activeTokens(), []);
    assert.equal(scene.temporarySecrets(), 0);
    assert.equal(scene.emulator.state.collection.endpoints.all.length, 1);

    scene.emulator.state.refreshTokensRotate = true;
    scene.emulator.plan({ operation: 'pats.create', answer: { status: 501, body: '{}' } });
    const rotating = await scene.runInProcess(check);
    assert.equal(rotating.code, 1, rotating.output);
    assert.match(rotating.output, /^ERROR +tenant +tenant-rotates$/m);
    const later = JSON.parse(readFileSync(join(scene.home, 'issuer-report.json'), 'utf8')) as typeof first;
    const [created] = later.tried.filter(({ question }) => question.startsWith('create '));
    assert.deepEqual([created?.status, created?.answer], [501, 'refused'], 'the status of a fault is reported');
    assert.equal(later.tried.length, first.tried.length - 3, 'the rest is tried all the same');
  });

  it('is taken away without a user whom another issuer needs, and to the end after a removal that stopped', async () => {
    const { emulator, user } = scene;
    const made = await scene.runInProcess(['create', ...scene.arguments('create'), '--yes']);
    assert.equal(made.code, 0, made.output);
    const clientId = emulator.state.collection.endpoints.all[0]?.data.clientId ?? '';
    const remove = ['remove', ...scene.arguments('remove'), '--yes'];
    const before = scene.changes().length;
    const misspelt = await scene.runInProcess([...remove, '--connection', 'agent-pool-isuer', '--user', user.upn]);
    assert.equal(misspelt.code, 1, misspelt.output);
    assert.match(misspelt.output, /"agent-pool-isuer" does not exist/);
    assert.equal(scene.changes().length, before, 'a misspelt name changes nothing');

    const second = ['--connection', 'second-issuer', '--app', 'second app'];
    assert.equal((await scene.runInProcess(['create', ...scene.arguments('create'), '--yes', ...second])).code, 0);
    const one = await scene.runInProcess([...remove, '--connection', 'second-issuer']);
    assert.equal(one.code, 0, one.output);
    assert.match(one.output, /= sessions, tokens, roles and membership of .*, whom "agent-pool-issuer" needs/);
    const alive = emulator.state.refreshTokens.filter(({ user: owner, revoked }) => owner.oid === user.oid && !revoked);
    assert.ok(
      alive.some((token) => token.clientId === clientId),
      'the issuer that stays can sign in',
    );
    assert.ok(!scene.changes().includes('entitlements.delete'));

    emulator.plan({ operation: 'graph.applications.delete', answer: { status: 403 } });
    assert.equal((await scene.runInProcess(remove)).code, 1);
    assert.deepEqual(emulator.state.collection.endpoints.all, []);
    const lost = await scene.runInProcess(remove);
    assert.equal(lost.code, 1);
    assert.match(lost.output, /name the user .* with --user/);
    const gone = await scene.runInProcess([...remove, '--user', user.upn]);
    assert.equal(gone.code, 0, gone.output);
    assert.ok(!emulator.state.applications.some((app) => app.clientId === clientId));
    assert.ok(emulator.state.refreshTokens.every(({ user: owner, revoked }) => owner.oid !== user.oid || revoked));
    assert.equal(scene.changes().at(-1), 'entitlements.delete');
  });
});
