import assert from 'node:assert/strict';
import { mint } from '../../../../src/agent-pool-token/main';
import { revoke } from '../../../../src/agent-pool-token/post';
import { runStep } from '../../../../src/step/run-step';
import { ada, earlierName, idOf, json, patError, text, World } from '../../../support/world';

const otherTenant = '99999999-2222-3333-4444-555555555555';
const challenge = (claims: object) => ({
  'www-authenticate': `Bearer error="insufficient_claims", claims="${Buffer.from(JSON.stringify(claims)).toString('base64')}"`,
});

describe('answers of the token API: a policy that could not be read', () => {
  for (const reason of ['failedToReadTenantPolicy', 'FailedToReadOrgPolicy']) {
    for (const status of [200, 400]) {
      it(`is asked again, also for a create, under one name: ${reason} with ${status}`, async () => {
        const answer = json(status, { patToken: null, patTokenError: reason });
        const world = new World().answer('create', answer, answer);
        await runStep(world, mint);
        assert.deepEqual(world.texts('fail'), []);
        assert.equal(world.namesAskedFor.length, 3);
        assert.equal(new Set(world.namesAskedFor).size, 1);
        assert.equal(world.alive.size, 1);
      });
    }
  }

  it('is a refusal after four times, with longer pauses between them, and leaves no lease', async () => {
    const world = new World().answer('create', ...[1, 2, 3, 4].map(() => patError('failedToReadTenantPolicy')));
    await runStep(world, mint);
    assert.match(world.failure, /\(pat-refused\)$/);
    assert.equal(world.namesAskedFor.length, 4);
    assert.deepEqual(world.runtime.sleeps, [500, 1000, 2000]);
    assert.equal(world.lease, undefined);
  });

  it('does not keep a token alive', async () => {
    const world = new World().leave().answer('revoke', patError('failedToReadOrgPolicy'));
    world.alive.set(earlierName, idOf(77));
    await runStep(world, revoke);
    assert.equal(world.alive.size, 0);
  });
});

describe('answers of the token API: a challenge for claims', () => {
  const claims = { access_token: { nbf: { essential: true, value: '1' } } };

  it('is met by one more sign-in with the claims, and the create is sent again', async () => {
    const world = new World().answer('create', text(401, '', challenge(claims)));
    await runStep(world, mint);
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(world.requestKinds.slice(0, 4), ['sign-in', 'create', 'sign-in', 'create']);
    const asked = new URLSearchParams(world.requests[2]?.body).get('claims');
    assert.deepEqual(JSON.parse(asked ?? ''), claims);
    world.assertDiscreet();
  });

  it('that comes again is a refusal', async () => {
    const again = text(401, '', challenge(claims));
    const world = new World().answer('create', again, again);
    await runStep(world, mint);
    assert.match(world.failure, /\((not-signed-in|sign-in-interaction-required)\)$/);
    assert.equal(world.requestKinds.filter((kind) => kind === 'sign-in').length, 2);
    assert.equal(world.lease, undefined);
  });
});

describe('answers of the token API: another tenant than the user signed in to', () => {
  const answer = (tenant: string) => text(401, '', { 'x-vss-resourcetenant': tenant });

  it('is named with that of the user, in main and in post', async () => {
    const main = new World().answer('create', answer(otherTenant));
    await runStep(main, mint);
    assert.match(main.failure, new RegExp(`${ada.tid}.*${otherTenant}.*\\(not-signed-in\\)$`));
    const post = new World().leave().answer('revoke', answer(otherTenant));
    await runStep(post, revoke);
    assert.match(post.texts('issues')[0] ?? '', new RegExp(`${ada.tid}.*${otherTenant}.*\\(revoke-failed\\)$`));
  });

  for (const tenant of [ada.tid, '00000000-0000-0000-0000-000000000000', 'nonsense']) {
    it(`is no other where the service says ${tenant}`, async () => {
      const world = new World().answer('create', answer(tenant));
      await runStep(world, mint);
      assert.doesNotMatch(world.failure, /belongs to the tenant/);
      assert.match(world.failure, /\(not-signed-in\)$/);
    });
  }
});
