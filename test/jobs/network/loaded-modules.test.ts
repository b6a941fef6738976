import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issuerConnection, runTask } from '../../support/job';

/** Modules of Node that take memory and time at every start, and that nothing needs where all goes well over plain HTTP. */
const heavy = [
  'tls',
  'https',
  'perf_hooks',
  'internal/util/comparisons',
  'internal/fs/rimraf',
  'child_process',
  'zlib',
];

describe('a job with an organization on this machine', function () {
  this.timeout(60_000);

  it('loads neither what TLS needs nor what else it can do without, in main and in post', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loaded-modules-'));
    try {
      const [program, list] = [join(folder, 'list.cjs'), join(folder, 'loaded')];
      writeFileSync(
        program,
        `process.on('exit', () => {
          require('node:fs').appendFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList) + '\\n');
        });`,
      );
      // A file to require, because an import would have Node start its module loader first.
      const processEnvironment = { PATH: process.env.PATH, NODE_OPTIONS: `--require=${program}` };
      const { job, activeAfterJob } = await runTask({
        inputs: { issuer: issuerConnection },
        options: { processEnvironment },
      });
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(activeAfterJob, []);
      const stages = readFileSync(list, 'utf8').trim().split('\n');
      assert.equal(stages.length, 2);
      for (const stage of stages) {
        const loaded: string[] = JSON.parse(stage);
        assert.ok(loaded.includes('NativeModule http'));
        assert.deepEqual(
          heavy.filter((name) => loaded.includes(`NativeModule ${name}`)),
          [],
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
