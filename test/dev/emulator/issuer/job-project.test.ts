import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openServices } from '../../../../dev/emulator';

it('the emulated project has the id by which the job runner names it to a job', () => {
  const file = join(__dirname, '../../../../dev/job-runner/job/predefined-variables.ts');
  const [, id] = /const projectId = '([0-9a-f-]{36})';/.exec(readFileSync(file, 'utf8')) ?? [];
  assert.equal(openServices().state.project.id, id);
});
