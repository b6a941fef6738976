import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../dev/emulator';
import { runJob } from '../../dev/job-runner';
import { unpackPackage } from '../../dev/job-runner/plan/package-file';
import { editionOf } from '../../scripts/edition/edition';
import { type Packaged, packageWith, stagedFiles } from '../support/packaging';
import { presentAgent } from '../support/present-agent';

const root = join(__dirname, '..', '..');

interface Task {
  id: string;
  name: string;
  friendlyName: string;
  inputs: { name: string; type: string }[];
  version: { Major: number; Minor: number; Patch: number };
}

interface Extension {
  contributions: { type: string; properties: { name: string; displayName?: string } }[];
}

const source = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const connectionTypes = ({ contributions }: Extension) =>
  contributions
    .filter(({ type }) => type === 'ms.vss-endpoint.service-endpoint-type')
    .map(({ properties }) => properties);

describe('the development extension', function () {
  this.timeout(300_000);
  const home = 'https://github.com/fabrikam/pool-token';
  const options = ['--dev', '--patch', '4711', '--publisher', 'fabrikam', '--repository', home];
  const names = readdirSync(join(root, 'tasks'));
  let packaged: Packaged;
  before(async () => {
    packaged = await packageWith(...options);
  });
  const taskOf = (name: string) => packaged.json<Task>(`tasks/${name}Dev/${name}DevV1/task.json`);

  it('has an id, a name and a rising version of its own, and is never public', async () => {
    const [major, minor] = source('package.json').version.split('.');
    assert.equal(packaged.name, `agent-pool-token-dev-${major}.${minor}.4711.vsix`);
    const manifest = await packaged.text('extension.vsixmanifest');
    assert.match(manifest, /<Identity [^>]*Id="agent-pool-token-dev" Publisher="fabrikam" Version="\d+\.\d+\.4711"/);
    assert.match(manifest, /<DisplayName>Agent Pool Token \(dev\)</);
    assert.doesNotMatch(manifest, /<GalleryFlags>[^<]*Public/);
  });

  it('shares no id and no name of a task with the real one', async () => {
    const ids = new Set<string>();
    for (const name of names) {
      const real: Task = source(`tasks/${name}/${name}V1/task.json`);
      const task = await taskOf(name);
      assert.equal(task.name, `${name}Dev`);
      assert.equal(task.friendlyName, `${real.friendlyName} (dev)`);
      assert.ok(task.friendlyName.length <= 40);
      assert.match(task.id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(task.version.Patch, 4711);
      ids.add(real.id).add(task.id);
    }
    assert.equal(ids.size, 2 * names.length);
    assert.ok(packaged.files.every((file) => !/^tasks\/\w+(?<!Dev)\//.test(file)));
  });

  it('has a service connection type of its own, and its tasks ask for that one alone', async () => {
    const [real] = connectionTypes(source('vss-extension.json'));
    const [connection] = connectionTypes(await packaged.json<Extension>('extension.vsomanifest'));
    assert.equal(connection?.name, `${real?.name}Dev`);
    assert.equal(connection?.displayName, `${real?.displayName} (dev)`);
    const kinds = (task: Task): string[] =>
      task.inputs.map(({ type }) => type).filter((type) => type.startsWith('connectedService:'));
    for (const name of names) {
      const expected: string[] = kinds(source(`tasks/${name}/${name}V1/task.json`)).map((kind) =>
        kind.replace(`:${real?.name}`, `:${connection?.name}`),
      );
      assert.deepEqual(kinds(await taskOf(name)), expected, name);
    }
    assert.ok(kinds(await taskOf('AgentPoolToken')).includes('connectedService:AgentPoolTokenIssuerDev'));
  });

  it('has the same files, byte for byte, when they are laid out again', async () => {
    const edition = editionOf({ dev: true, patch: '4711', publisher: 'fabrikam', repository: home, output: root });
    const { 'vss-extension.json': _, ...staged } = await stagedFiles(edition);
    const made = ['[Content_Types].xml', 'extension.vsixmanifest', 'extension.vsomanifest'];
    assert.deepEqual([...Object.keys(staged), ...made].sort(), packaged.files);
    for (const [file, content] of Object.entries(staged)) assert.equal(await packaged.text(file), content, file);
  });

  it('mints, waits, sweeps and revokes with its own tasks and its own type of service connection', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'development-'));
    const emulator = await startEmulator();
    try {
      emulator.state.pools.find((pool) => pool.name === 'Default')?.agents.push(presentAgent(emulator, 'build-1'));
      writeFileSync(join(folder, packaged.name), packaged.bytes);
      const tasksFolder = await unpackPackage(join(folder, packaged.name));
      const { clientSecret = '', refreshToken, ...data } = emulator.issuer;
      const job = await runJob({
        pipeline: {
          steps: [
            { task: 'AgentPoolTokenDev@1', inputs: { issuer: 'dev-issuer', pool: 'Default' } },
            { task: 'WaitForAgentsDev@1', inputs: { pool: 'Default', count: '1', since: 'any' } },
            { task: 'RevokeAgentPoolTokensDev@1', inputs: { issuer: 'dev-issuer', dryRun: 'true' } },
          ],
        },
        tasksFolder,
        connections: [
          {
            name: 'dev-issuer',
            type: 'AgentPoolTokenIssuerDev',
            url: emulator.organizationUrl,
            data: { ...data },
            authorization: { scheme: 'None', parameters: { clientSecret, refreshToken } },
          },
        ],
        organizationUrl: emulator.organizationUrl,
        jobAccessToken: emulator.state.jobAccessToken,
      });
      rmSync(tasksFolder, { recursive: true });
      const log = job.log.join('\n');
      assert.equal(job.result, 'Succeeded', log);
      assert.match(log, /^Task {9}: Agent Pool Token \(dev\)$/m);
      assert.match(log, /^Version {6}: \d+\.\d+\.4711$/m);
      assert.match(log, /Minted personal access token/);
      assert.match(log, /Revoked the token/);
      assert.equal(emulator.state.pats.length, 1);
      assert.deepEqual(emulator.activeTokens(), []);
    } finally {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
