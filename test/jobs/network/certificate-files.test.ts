import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../support/certificates';
import { assertNothingSent } from '../../support/expect';
import { type Outcome, type Plan, runTasks } from '../../support/job';

const passphrase = 'KeyPhraseThatNobodySees';
const wrongPhrase = 'AnotherPhraseThatNobodySees';

// Every other fault of such a file is tried in test/unit/http/transport/certificate-files.test.ts.
describe('a certificate file of the agent that cannot be used', function () {
  this.timeout(120_000);
  let folder: string;
  let authority: Authority;
  let outcomes: Record<string, Outcome>;
  const expected: Record<string, (string | RegExp)[]> = {};
  const lost = () => join(folder, 'lost.pem');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'certificate-files-'));
    authority = new Authority();
    const client = authority.issueFiles(['agent.contoso.example'], { passphrase });
    const absent = join(folder, 'absent.pem');
    writeFileSync(lost(), authority.cert);

    const plans: Record<string, Plan> = {};
    const declare = (name: string, variables: Record<string, string>, phrase: string, says: (string | RegExp)[]) => {
      plans[name] = {
        secrets: { 'the pass phrase': passphrase, 'the wrong pass phrase': wrongPhrase },
        options: { variables, ...(phrase && { secretVariables: { 'Agent.ClientCertPassword': phrase } }) },
      };
      expected[name] = says;
    };
    const key = { 'Agent.ClientCert': client.cert, 'Agent.ClientCertKey': client.key };
    declare('an authority that is not there', { 'Agent.CAInfo': absent }, '', [
      `The file "${absent}", named by Agent.CAInfo, cannot be read (ENOENT).`,
      '--sslcacert.',
      'in a container',
    ]);
    declare('a key with another pass phrase', key, wrongPhrase, [
      `The file "${client.key}", named by Agent.ClientCertKey, cannot be opened with the pass phrase of this agent`,
      '--sslclientcertkey and --sslclientcertpassword;',
    ]);
    const losing: Plan = { options: { variables: { 'Agent.CAInfo': lost() } }, afterMain: () => rmSync(lost()) };
    outcomes = await runTasks({ ...plans, losing });
  });

  after(() => {
    authority?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends the step before anything is sent, and the message names its setting', () => {
    assert.equal(Object.keys(expected).length, 2);
    for (const [name, says] of Object.entries(expected)) {
      assertNothingSent(outcomes[name] ?? assert.fail(name), 'network', ...says, 'nothing was sent.');
    }
  });

  it('does not keep the post-job step from revoking where it is lost while the job runs, which warns of it', () => {
    const { main, post, activeAfterMain, activeAfterJob } = outcomes.losing ?? assert.fail();
    assert.equal(main.result, 'Succeeded');
    assert.equal(post.result, 'Succeeded');
    const warnings = post.issues.map(({ message }) => message).join('\n');
    assert.ok(warnings.includes(`"${lost()}", named by Agent.CAInfo, cannot be read (ENOENT)`), warnings);
    assert.equal(activeAfterMain.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });
});
