import assert from 'node:assert/strict';
import type { Emulator } from '../../../dev/emulator';
import { assertSucceeded, runExample, stageOf, withMachine } from '../../support/example';
import { sideBySide } from '../../support/side-by-side';

/** The project that the job runner's jobs belong to, by id. */
const project = '5c0f9a5e-3a52-4d4a-9d0c-6c9d3c0b8a11';
const minute = 60_000;

/** Gives the issuer's user a token that was minted so many minutes ago. */
function leave({ state }: Emulator, displayName: string, minutesAgo: number): void {
  const validFrom = state.clock.now() - minutesAgo * minute;
  state.pats.push({
    authorizationId: crypto.randomUUID(),
    displayName,
    scope: 'vso.agentpools_manage',
    targetAccounts: [state.organizationId],
    token: `${crypto.randomUUID()}${crypto.randomUUID()}`,
    validFrom,
    validTo: validFrom + 1440 * minute,
    userOid: state.users.default.oid,
    revoked: false,
  });
}

sideBySide('sweep-nightly.yml', 3, (test) => {
  test('revokes what jobs left behind, and nothing else', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      const running = 'aaaaaaaa-0000-4000-8000-000000000001';
      const ended = 'bbbbbbbb-0000-4000-8000-000000000002';
      emulator.state.addRun(4000, project, [
        { id: running, name: 'Goes on', state: 'inProgress' },
        { id: ended, name: 'Died', state: 'completed' },
      ]);
      const name = (origin: string, unique: string) => `agent-pool-token ${origin} ${unique} agents`;
      const left = {
        byAJobThatEnded: [name('b4000 jbbbbbbbb a1', 'aaaaaaaaaa'), 5],
        byARunThatCannotBeRead: [name('b3999 jcccccccc a1', 'bbbbbbbbbb'), 180],
        byARelease: [name('r118 jdddddddd a1', 'cccccccccc'), 180],
      } as const;
      const spared = {
        ofAJobThatGoesOn: [name('b4000 jaaaaaaaa a1', 'dddddddddd'), 300],
        ofAYoungRelease: [name('r119 jdddddddd a1', 'eeeeeeeeee'), 20],
        thatIsToOutliveItsJob: [name('b4000 jbbbbbbbb a1k', 'ffffffffff'), 300],
        ofAPerson: ['my own token', 300],
      } as const;
      for (const [displayName, age] of [...Object.values(left), ...Object.values(spared)]) {
        leave(emulator, displayName, age);
      }
      const alive = Object.values(spared).map(([displayName]) => displayName);
      const job = await runExample('sweep-nightly.yml', surroundings, { alive });
      assertSucceeded(job);
      assert.ok(stageOf(job, 'Show the result').log.some((line) => line.endsWith('3 tokens revoked')));
      assert.equal(emulator.requests.filter(({ operation }) => operation === 'pats.revoke').length, 3);
    }));

  test('has nothing to do the next night', () =>
    withMachine(async (surroundings) => {
      leave(surroundings.emulator, 'my own token', 300);
      for (let night = 0; night < 2; night++) {
        const job = await runExample('sweep-nightly.yml', surroundings, { alive: ['my own token'] });
        assertSucceeded(job);
        assert.ok(stageOf(job, 'Show the result').log.some((line) => line.endsWith('0 tokens revoked')));
      }
    }));

  test('fails, and names the token, where it cannot be revoked', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      const name = 'agent-pool-token r7 jdddddddd a1 aaaaaaaaaa agents';
      leave(emulator, name, 300);
      for (let time = 0; time < 4; time++) emulator.plan({ operation: 'pats.revoke', answer: { status: 503 } });
      const job = await runExample('sweep-nightly.yml', surroundings, { alive: [name] });
      assert.equal(job.result, 'Failed');
      assert.ok(job.log.some((line) => line.includes('(revoke-failed)')));
      assert.ok(job.log.some((line) => line.includes(name)));
    }));
});
