import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobOptions } from '../../../dev/job-runner';
import { assertFails } from '../../support/expect';
import { type Outcome, runTask } from '../../support/job';
import { agentNode } from '../../support/strangers';

/** A user without rights, for whom the folders of others are what they are for a user in a container. */
const otherUser = 65_534;
const asRoot = process.getuid?.() === 0;

/** Options with which a Node that root starts goes on as another user. */
function unprivileged(folder: string): NodeJS.ProcessEnv {
  if (!asRoot) return {};
  const program = join(folder, 'drop-rights.cjs');
  writeFileSync(
    program,
    `process.setgroups([]);
    process.setgid(${otherUser});
    process.setuid(${otherUser});`,
  );
  return { NODE_OPTIONS: `--require=${program}` };
}

describe('the folders of a step in a container', function () {
  this.timeout(300_000);
  let root: string;
  let user: NodeJS.ProcessEnv;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'folders-'));
    chmodSync(root, 0o755);
    user = unprivileged(root);
  });

  after(() => {
    spawnSync('chmod', ['-R', 'u+w', root]);
    rmSync(root, { recursive: true, force: true });
  });

  /** A folder of this name into which that user may write, or no user may. */
  function folder(name: string, writable: boolean): string {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    if (asRoot && writable) chownSync(path, otherUser, otherUser);
    chmodSync(path, writable ? 0o700 : 0o555);
    return path;
  }

  interface Folders {
    node?: 'node20' | 'node24';
    /** What Agent.TempDirectory says. */
    temp: string;
    /** The temporary folder of the system. */
    systemTemp: string;
    /** Called by the step while it runs. */
    meanwhile?: () => void;
  }

  /** Runs a job whose task and working folder cannot be written to. */
  async function run(name: string, { node = 'node20', temp, systemTemp, meanwhile }: Folders): Promise<Outcome> {
    const agentFolder = folder(`${name} agent`, true);
    chmodSync(agentFolder, 0o755);
    const workingFolder = folder(`${name} elsewhere`, false);
    const tasks = join(agentFolder, '_work', '_tasks');
    const options: Partial<JobOptions> = {
      node: agentNode(node),
      agentFolder,
      variables: {
        'System.DefaultWorkingDirectory': workingFolder,
        'Agent.TempDirectory': temp,
        'Agent.WorkFolder': folder(`${name} work`, false),
      },
      processEnvironment: { PATH: process.env.PATH, TMPDIR: systemTemp, ...user },
      onLine: (line) => {
        if (line === '##[section]Starting: Mint') spawnSync('chmod', ['-R', 'a-w', tasks]);
      },
      onCommand: ({ area, event }) => {
        if (`${area}.${event}` === 'task.settaskvariable') meanwhile?.();
      },
    };
    const outcome = await runTask({
      afterMain: () => {
        const locked = [join(tasks, readdirSync(tasks)[0] as string), workingFolder];
        const write = `for (const folder of process.argv.slice(1)) try {
          require('node:fs').writeFileSync(folder + '/x', '');
        } catch ({ code }) { console.log(code); }`;
        const { stdout } = spawnSync(agentNode(node), ['-e', write, ...locked], { env: user, encoding: 'utf8' });
        assert.equal(stdout, 'EACCES\nEACCES\n', `${locked} can be written to`);
      },
      options,
    });
    assert.deepEqual(readdirSync(workingFolder), []);
    return outcome;
  }

  function assertMinted({ job, main, post, made, activeAfterJob }: Outcome): void {
    assert.equal(job.result, 'Succeeded', main.message ?? post.message);
    assert.deepEqual([...main.issues, ...post.issues], []);
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  }

  it('may all be closed to its user but the temporary one: Node 20', async () => {
    const temp = folder('20 temp', true);
    let seen = 0;
    const look = () => {
      for (const name of readdirSync(temp)) {
        seen++;
        assert.equal(statSync(join(temp, name)).mode & 0o777, 0o700, 'no other user can enter');
        assert.equal(statSync(join(temp, name, '.taskkey')).mode & 0o777, 0o600);
      }
    };
    const folders = { temp, systemTemp: folder('20 system', false) };
    assertMinted(await run('20', { ...folders, meanwhile: look }));
    assert.ok(seen > 0, 'the key is in the temporary folder while the step runs');
    assert.deepEqual(readdirSync(temp), [], 'and nothing is left there');
  });

  it('may all be closed to its user but the temporary one: Node 24', async () => {
    const temp = folder('24 temp', true);
    assertMinted(await run('24', { node: 'node24', temp, systemTemp: folder('24 system', false) }));
    assert.deepEqual(readdirSync(temp), []);
  });

  // Other places that take no file are tried in test/unit/agent/vault-folder.test.ts.
  it("may lack the agent's temporary one: closed to it", async () => {
    const systemTemp = folder('closed system', true);
    assertMinted(await run('closed', { temp: folder('closed', false), systemTemp }));
    assert.deepEqual(readdirSync(systemTemp), []);
  });

  it('may hold a key that another step left, and its user may not overwrite', async () => {
    const temp = folder('left temp', true);
    // In a folder that every user may write to, as it is shared by steps on the machine and in containers.
    chmodSync(temp, 0o777);
    writeFileSync(join(temp, '.taskkey'), 'of another step', { mode: 0o400 });
    assertMinted(await run('left', { temp, systemTemp: folder('left system', false) }));
    assert.equal(readFileSync(join(temp, '.taskkey'), 'utf8'), 'of another step');
  });

  it('end the step in one sentence, where none can be written to', async () => {
    const temp = join(root, 'absent');
    const outcome = await run('none', { temp, systemTemp: folder('none system', false) });
    assertFails(outcome.main, 'temp-folder-unusable', 'temporary folder', 'Agent.TempDirectory');
    assert.deepEqual(outcome.requests, []);
    for (const { rawLines, issues } of [outcome.main, outcome.post]) {
      assert.equal(issues.length, 1);
      assert.deepEqual(
        rawLines.filter((line) => !line.startsWith('##vso[task.')),
        [],
        'no stack trace',
      );
    }
  });
});
