import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../dev/emulator/certificate';
import { assertRefused } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { runTask } from '../support/job';

const services = { tls: certificate };

describe('a service whose certificate no known authority has signed', () => {
  it('is not talked to', async () => {
    const outcome = await runTask({ options: { processEnvironment: fastTime() } }, services);
    assertRefused(outcome, 'network', /CERT/, '--sslcacert');
    assert.deepEqual(outcome.requests, []);
  });

  it('is talked to if the agent knows the certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'authority-'));
    try {
      const file = join(folder, 'ca.pem');
      writeFileSync(file, certificate.cert);
      const { job, main, made, activeAfterJob } = await runTask(
        { options: { variables: { 'Agent.CAInfo': file } } },
        services,
      );
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(main.issues, []);
      assert.equal(made.length, 1);
      assert.deepEqual(activeAfterJob, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is talked to if the agent skips the check, with a warning that says so', async () => {
    const { job, main, post, activeAfterJob } = await runTask(
      { options: { variables: { 'Agent.SkipCertValidation': 'True' } } },
      services,
    );
    assert.notEqual(job.result, 'Failed');
    assert.deepEqual(activeAfterJob, []);
    for (const { issues } of [main, post]) {
      assert.deepEqual(
        issues.map(({ type, message }) => `${type} ${/certificate/i.test(message)}`),
        ['warning true'],
      );
    }
  });
});
