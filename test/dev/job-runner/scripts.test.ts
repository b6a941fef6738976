import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { JobRefused } from '../../../dev/job-runner';
import { removeFolders, runSteps, temporaryFolder, writeExtension } from './extension';

async function runScript(step: object, options: object = {}) {
  const result = await runSteps(writeExtension({ name: 'T' }), [step], options);
  const [stage] = result.stages;
  assert.ok(stage);
  return { ...stage, job: result };
}

describe('script steps', () => {
  after(removeFolders);

  it('expand macros and leave the rest to the shell', async () => {
    const { rawLines } = await runScript(
      { script: 'echo $(a) $(secret) $A_B\necho "$(echo nested)"' },
      { variables: { a: '1', 'a.b': '2' }, secretVariables: { secret: 's3cret' } },
    );
    assert.deepEqual(rawLines, ['1 s3cret 2', 'nested']);
  });

  it('see no secret, no input and no authorization in their environment', async () => {
    const { rawLines } = await runScript({ bash: 'env' }, { secretVariables: { s: 'value-of-s' } });
    assert.deepEqual(
      rawLines.filter((line) => /^(SECRET_|INPUT_|ENDPOINT_AUTH|VSTS_(PUBLIC|SECRET|TASK))|value-of-s/.test(line)),
      [],
    );
    assert.ok(rawLines.includes('TF_BUILD=True'));
    assert.ok(rawLines.some((line) => line.startsWith('ENDPOINT_URL_SYSTEMVSSCONNECTION=')));
  });

  it('see a secret that env maps, and it is masked', async () => {
    const { rawLines, log } = await runScript(
      { script: 'echo "<$MAPPED>"', env: { MAPPED: '$(s)' } },
      { secretVariables: { s: 'value-of-s' } },
    );
    assert.deepEqual(rawLines, ['<value-of-s>']);
    assert.ok(log.includes('<***>'));
  });

  it('end with the exit code of the shell, which goes on after a failing line', async () => {
    const { result, exitCode, rawLines, issues } = await runScript({ bash: 'false\necho on\nexit 4' });
    assert.deepEqual([result, exitCode, rawLines], ['Failed', 4, ['on']]);
    assert.equal(issues[0]?.message, "Bash exited with code '4'.");
    assert.equal((await runScript({ script: 'false\ntrue' })).result, 'Succeeded');
  });

  it('fail because of standard error only if they say so', async () => {
    const script = 'echo problem >&2';
    assert.equal((await runScript({ script })).result, 'Succeeded');
    const strict = await runScript({ script, failOnStderr: true });
    assert.equal(strict.result, 'Failed');
    assert.match(strict.issues[0]?.message ?? '', /standard error stream/);
  });

  it('run in the folder that they name', async () => {
    const folder = temporaryFolder();
    assert.deepEqual((await runScript({ script: 'pwd', workingDirectory: folder })).rawLines, [folder]);
    const { rawLines } = await runScript({ script: 'pwd; echo $SYSTEM_DEFAULTWORKINGDIRECTORY' });
    assert.equal(rawLines[0], rawLines[1]);
  });

  it('fail with the name of their folder where that is none', async () => {
    for (const workingDirectory of ['no/such', '/dev/null']) {
      const { result, issues, job } = await runScript({ script: 'pwd', workingDirectory });
      assert.equal(result, 'Failed');
      const folder = workingDirectory.startsWith('/')
        ? workingDirectory
        : `${job.variables['System.DefaultWorkingDirectory']}/${workingDirectory}`;
      assert.ok(issues[0]?.message.includes(`workingDirectory of this step is no folder: ${folder}. `));
    }
  });

  it('find a folder that an earlier step made', async () => {
    const steps = [{ script: 'mkdir made' }, { script: 'pwd', workingDirectory: 'made' }];
    const { result } = await runSteps(writeExtension({ name: 'T' }), steps);
    assert.equal(result, 'Succeeded');
  });

  it('show a one-liner in the log, unless it holds a logging command', async () => {
    assert.ok((await runScript({ script: 'echo shown' })).log.includes('echo shown'));
    const { log, job } = await runScript({ script: 'echo "##vso[task.setvariable variable=x]$((1+1))"' });
    assert.ok(!log.includes('Script contents:'));
    assert.equal(job.variables.x, '2');
  });

  it('do not read standard input', async () => {
    assert.deepEqual((await runScript({ bash: 'cat; echo end' })).rawLines, ['end']);
  });

  it('are refused by name where their shell is missing', async function () {
    const folders = (process.env.PATH ?? '').split(':');
    if (folders.some((folder) => existsSync(`${folder}/pwsh`))) {
      this.skip();
    }
    await assert.rejects(
      runScript({ pwsh: 'Write-Host x' }),
      (error) => error instanceof JobRefused && /steps\[0\]: the step needs pwsh/.test(error.message),
    );
  });
});
