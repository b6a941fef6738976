import assert from 'node:assert/strict';
import type { Phase, RequestRecord } from '../../dev/emulator';
import { exampleText } from '../support/example';
import { type RenewalRun, type Renewed, runRenewal } from '../support/renewal';
import { runAtOnce } from '../support/settled';
import { signalIfAlive } from '../support/signal-if-alive';

const job = { writer: 'job' };

/** All of a connection but the refresh token and when it was stored. */
function rest({ data, parameters, url, scheme, projects, isDisabled, description }: Renewed['endpoint']) {
  const { refreshTokenStoredOn: _, ...fields } = data;
  return { fields, clientSecret: parameters.clientSecret, url, scheme, projects, isDisabled, description };
}

function assertKept({ endpoint, before, works }: Renewed): void {
  assert.ok(works, 'the refresh token that is stored does not work');
  assert.deepEqual(rest(endpoint), rest(before));
}

describe('RenewAgentPoolTokenIssuer, packaged', function () {
  this.timeout(300_000);

  const good: Record<string, [run: RenewalRun, requests: number]> = {
    'a client secret, written by the job': [{ inputs: job }, 6],
    'a client secret, written by a service principal': [{}, 8],
    'a federated issuer, written by the job': [{ federated: true, inputs: job }, 8],
    'a federated issuer, written by a service principal': [{ federated: true }, 10],
  };
  for (const [what, [run, requests]] of Object.entries(good)) {
    it(`renews ${what}, and nothing else of the connection`, async () => {
      const renewed = await runRenewal(run);
      const { stage, endpoint, before } = renewed;
      assert.equal(stage.result, 'Succeeded', stage.message);
      assert.equal(renewed.requests.length, requests);
      assertKept(renewed);
      assert.notEqual(endpoint.parameters.refreshToken, before.parameters.refreshToken);
      const { renewed: done, expiresOn } = renewed.job.outputs.renew ?? {};
      const storedOn = Date.parse(endpoint.data.refreshTokenStoredOn ?? '');
      assert.deepEqual([done, expiresOn], ['true', new Date(storedOn + 90 * 24 * 3_600_000).toISOString()]);
      const warned = stage.issues.filter(({ message }) => /every pipeline of the project/.test(message));
      assert.equal(warned.length, run.inputs === job ? 1 : 0);
    });
  }

  it('renews by the example, which sweeps first', async () => {
    const names = { issuer: 'agent-pool-issuer', writer: 'agent-pool-issuer-writer' };
    const renewed = await runRenewal({ names, pipeline: exampleText('renew-issuer.yml'), federated: true });
    assert.equal(renewed.job.result, 'Succeeded', renewed.stage.message);
    assertKept(renewed);
    assert.equal(renewed.job.outputs.renew?.renewed, 'true');
    assert.equal(renewed.job.outputs.sweep?.failedCount, '0');
  });

  it('leaves a token alone that is younger than asked', async () => {
    const renewed = await runRenewal({ inputs: { ...job, olderThanDays: '31' } });
    assert.equal(renewed.stage.result, 'Succeeded');
    assert.deepEqual(renewed.endpoint, renewed.before);
    assert.ok(!renewed.requests.some(({ operation }) => operation === 'entra.token'));
  });

  it('has nothing to renew for an agent user', async () => {
    const { stage, requests } = await runRenewal({ agentUser: true, inputs: job });
    assert.equal(stage.result, 'Succeeded', stage.message);
    assert.ok(stage.log.some((line) => line.includes('nothing to renew')));
    assert.equal(requests.length, 0);
  });

  const codes: Record<string, RenewalRun> = {
    'renewal-refused': {
      prepare: ({ endpoint, emulator }) => {
        endpoint.collectionRoles = {};
        emulator.setEndpointRole(endpoint, emulator.state.collection.buildService, { project: 'Administrator' });
      },
    },
    'renewal-incomplete': { prepare: ({ endpoint }) => delete endpoint.parameters.clientSecret },
    'renewal-failed': {
      faults: [
        {
          operation: 'entra.token',
          answer: { mutate: ({ refresh_token: _, ...answer }: { refresh_token?: string }) => answer },
        },
      ],
    },
  };
  for (const [code, run] of Object.entries(codes)) {
    it(`ends with ${code}, and the connection holds what it held`, async () => {
      const renewed = await runRenewal({ inputs: job, ...run });
      assert.match(renewed.stage.message ?? '', new RegExp(`\\(${code}\\)$`));
      assert.deepEqual(renewed.endpoint, renewed.before);
      assert.equal(renewed.job.outputs.renew?.renewed, 'false');
    });
  }

  it('writes the new token that it has asked for when the job is cancelled meanwhile', async () => {
    const cancelling = new AbortController();
    const renewed = await runRenewal({
      inputs: job,
      prepare: ({ emulator }) => {
        emulator.state.refreshTokensRotate = true;
        emulator.onRequest = ({ operation }, phase) => {
          if (operation === 'entra.token' && phase === 'effected') cancelling.abort();
        };
      },
      options: { cancel: cancelling.signal, cancelTimings: { sigintMs: 7500, sigtermMs: 2500 } },
    });
    assertKept(renewed);
    assert.notEqual(renewed.endpoint.parameters.refreshToken, renewed.before.parameters.refreshToken);
  });
});

/** The phases of the requests of a renewal, in order. */
const phases: Phase[] = ['arrived', 'effected', 'answered'];
const requests = 6;

/** Kills the task at one phase of one request. */
async function killedAt(point: number, rotates: boolean): Promise<{ renewed: Renewed; at: string }> {
  let processId: number | undefined;
  let passed = 0;
  let at = 'nowhere';
  const reach = ({ operation }: RequestRecord, phase: Phase) => {
    if (passed++ !== point || processId === undefined) return;
    at = `${operation} ${phase}`;
    signalIfAlive(processId, 'SIGKILL');
  };
  const renewed = await runRenewal({
    inputs: job,
    prepare: ({ emulator }) => {
      emulator.state.refreshTokensRotate = rotates;
      emulator.onRequest = reach;
    },
    options: {
      onCommand: (_, running) => {
        processId = running.processId;
      },
    },
  });
  return { renewed, at };
}

describe('a renewal that is killed', function () {
  this.timeout(300_000);
  const points = Array.from({ length: requests * phases.length }, (_, point) => point);
  // The third request asks for the new token, the fourth writes it. What has arrived may still take effect, and a task
  // that has the answer to its second request may have sent the third before it dies.
  const between = points.filter((point) => point >= 5 && point <= 9);

  it('loses the token, where tokens rotate, only between the answer of Entra and the write', async () => {
    const lost: number[] = [];
    const tries = points.map((point) => async () => {
      const { renewed, at } = await killedAt(point, true);
      assert.notEqual(at, 'nowhere', `point ${point} was not reached`);
      if (renewed.works) assertKept(renewed);
      else lost.push(point);
    });
    await runAtOnce(2, tries);
    assert.ok(lost.includes(7), 'the token was had, and the task was killed');
    assert.deepEqual(
      lost.filter((point) => !between.includes(point)),
      [],
    );
  });

  // At all other points the connection works even where a token ends with the next one.
  it('between these leaves a connection that works, where tokens do not rotate', async () => {
    const tries = between.map((point) => async () => {
      const { renewed, at } = await killedAt(point, false);
      assert.notEqual(at, 'nowhere', `point ${point} was not reached`);
      assertKept(renewed);
    });
    await runAtOnce(2, tries);
  });
});
