import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import JSZip from 'jszip';
import { JobRefused } from '../../../dev/job-runner';
import { readConnectionsFile } from '../../../dev/job-runner/plan/connections-file';
import { newestPackage, unpackPackage } from '../../../dev/job-runner/plan/package-file';
import { removeFolders, temporaryFolder, writeExtension } from './extension';

const root = join(__dirname, '..', '..', '..');

/** Runs the command; sends Ctrl-C's signal once its output holds a text. */
async function job(args: string[], interruptAt?: string): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', 'dev/commands/job.ts', ...args], { cwd: root });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk;
    if (interruptAt !== undefined && output.includes(interruptAt)) {
      child.kill('SIGINT');
      interruptAt = undefined;
    }
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, output };
}

function file(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

function tasks(main: string): string {
  const inputs = [{ name: 'issuer', type: 'connectedService:AgentPoolTokenIssuer', label: 'x' }];
  return writeExtension({ name: 'T', json: { inputs }, main, post: "console.log('post-job ran')" });
}

const pipeline = (inputs = '{}') => file('job.yml', `steps:\n- task: T@1\n  inputs: ${inputs}\n- script: echo $(x)\n`);

describe('npm run job', () => {
  after(removeFolders);

  it('runs a pipeline against the emulator, with a connection for each name, and says what has no meaning here', async () => {
    const inputs = ['issuer:AgentPoolTokenIssuer', 'direct:WorkloadIdentityUser', 'azure:AzureRM'].map((input) => {
      const [name, type] = input.split(':');
      return { name, type: `connectedService:${type}`, label: 'x' };
    });
    const main = `
      console.log('has ' + Boolean(process.env['ENDPOINT_URL_' + process.env.INPUT_ISSUER]));
      const token = process.env.ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN;
      for (const id of [process.env.INPUT_DIRECT, process.env.INPUT_AZURE]) {
        const url = process.env.SYSTEM_OIDCREQUESTURI + '?api-version=7.1&serviceConnectionId=' + id;
        fetch(url, { method: 'POST', headers: { authorization: 'Bearer ' + token } }).then(({ status }) =>
          console.log(process.env['ENDPOINT_AUTH_SCHEME_' + id] + ' ' + status));
      }`;
    const folder = writeExtension({ name: 'T', json: { inputs }, main, post: "console.log('post-job ran')" });
    const given = '{ issuer: my agents, direct: entra, azure: subscription }';
    const steps = `steps:\n- task: T@1\n  inputs: ${given}\n- script: echo $(x); ls -A | wc -l\n`;
    const nightly = file('nightly.yml', `trigger: none\nschedules:\n- cron: "30 2 * * *"\n${steps}`);
    const { exitCode, output } = await job([nightly, '--tasks', folder, '--variable', 'x=given']);
    assert.equal(exitCode, 0, output);
    assert.match(output, /runs against the emulator at http:\/\/127\.0\.0\.1/);
    for (const name of ['my agents', 'entra', 'subscription'])
      assert.ok(output.includes(`'${name}' is emulated`), name);
    assert.match(output, /\nThis job runs here and now, although the file says otherwise: trigger, schedules\.\n/);
    assert.match(output, /##\[section\]Starting: T\n[\s\S]*has true\n[\s\S]*##\[section\]Finishing: T\n/);
    assert.equal(output.match(/^WorkloadIdentityFederation 200$/gm)?.length, 2, 'both sign in with identity tokens');
    assert.match(output, /\nThe file stands in no git repository, so that the job has no sources\.\n/);
    assert.match(output, /\ngiven\n *0\n/);
    assert.match(output, /Succeeded +Post-job: T \(.* s\)\nThe job's result: Succeeded\n$/);
  });

  it('exits with 1 if the job fails, using connections from a file', async () => {
    const connections = file(
      'connections.json',
      JSON.stringify({
        connections: [{ name: 'real', type: 'AgentPoolTokenIssuer', url: 'https://dev.azure.com/org' }],
        secretVariables: { x: 'secret-of-file' },
      }),
    );
    const main = "console.log('##vso[task.complete result=Failed]')";
    const { exitCode, output } = await job([
      pipeline('{ issuer: real }'),
      ...['--tasks', tasks(main), '--connections', connections],
    ]);
    assert.equal(exitCode, 1, output);
    assert.ok(!output.includes('emulator') && !output.includes('secret-of-file'));
  });

  it('cancels the job at Ctrl-C, and its post-jobs still run', async () => {
    const main = `process.on('SIGINT', () => process.exit(0)); setTimeout(() => {}, 20000); console.log('waiting');`;
    const { exitCode, output } = await job([pipeline(), '--tasks', tasks(main)], '\nwaiting');
    assert.equal(exitCode, 1);
    assert.match(output, /The operation was canceled[\s\S]*post-job ran[\s\S]*Canceled +T/);
  });
});

describe('connections file', () => {
  after(removeFolders);

  const read = (content: unknown) => readConnectionsFile(file('c.json', JSON.stringify(content)));

  it('is read field by field', () => {
    assert.deepEqual(
      read({ organizationUrl: 'https://dev.azure.com/org', jobAccessToken: 't', variables: { a: '1' } }),
      {
        organizationUrl: 'https://dev.azure.com/org',
        jobAccessToken: 't',
        connections: [],
        variables: { a: '1' },
        secretVariables: {},
      },
    );
  });

  it('is refused with the name of the field and never its value', () => {
    const connection = { name: 'c', type: 't', url: 'https://x.test' };
    for (const [content, message] of [
      [{ connection: [] }, /the field 'connection' is not known/],
      [{ connections: 's3cret' }, /'connections' must be a list/],
      [{ connections: [{ ...connection, url: 's3cret' }] }, /connections\[0\]\.url must be an http or https URL/],
      [{ connections: [{ ...connection, type: '' }] }, /connections\[0\]\.type must be a text/],
      [{ connections: [{ ...connection, authorization: 's3cret' }] }, /authorization must be an object/],
      [{ connections: [{ ...connection, authorization: { scheme: 'None', parameters: { p: 1 } } }] }, /parameters\.p/],
      [{ jobAccessToken: { s3cret: 1 } }, /jobAccessToken must be a text/],
      [{ secretVariables: { s: { s3cret: 1 } } }, /secretVariables\.s must be a text/],
    ] as const) {
      assert.throws(
        () => read(content),
        (error) => error instanceof JobRefused && message.test(error.message) && !error.message.includes('s3cret'),
      );
    }
    assert.throws(
      () => readConnectionsFile(file('c.json', '{ "a": s3cret')),
      (error) => error instanceof JobRefused && /is not valid JSON\.$/.test(error.message),
    );
  });
});

describe('package file', () => {
  after(removeFolders);

  it('is the newest in dist, and is unpacked', async () => {
    const zip = new JSZip();
    zip.file('tasks/T/TV1/task.json', '{}');
    const folder = temporaryFolder();
    assert.throws(() => newestPackage(folder), /run `npm run package` first/);
    const path = join(folder, 'a.vsix');
    writeFileSync(path, await zip.generateAsync({ type: 'nodebuffer' }));
    assert.equal(newestPackage(folder), path);
    const unpacked = await unpackPackage(path);
    assert.ok(existsSync(join(unpacked, 'tasks', 'T', 'TV1', 'task.json')));
    rmSync(unpacked, { recursive: true });
  });
});
